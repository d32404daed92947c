// Policies: finding the one that holds, and what a change of one costs.
#include <benchmark/benchmark.h>

#include "tests/bench/fixture.h"

namespace meshtrace::bench {
namespace {

const policy::Labels kLabels = {
    {"app", "checkout"}, {"app.kubernetes.io/name", "checkout"}, {"pod-template-hash", "7c9d8b6f54"}};

// The argument: policies in other namespaces. Aim: 10 and 10,000 cost the same.
void find(benchmark::State& state) {
  const policy::Index index = index_with(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const policy::Coverage coverage = index.find("shop", kLabels);
    if (coverage.effective == nullptr) give_up("no policy covers the review");
    benchmark::DoNotOptimize(coverage);
  }
}
BENCHMARK(find)->Arg(10)->Arg(10'000);

// The argument: policies with a selector in the namespace that is asked for, none of which matches.
void find_past_selectors(benchmark::State& state) {
  std::vector<policy::TracingPolicy> all = policies(0);
  for (int i = 0; i < state.range(0); ++i) {
    all.push_back(all[1]);
    all.back().name = "app-" + std::to_string(i);
    all.back().match_labels = {{"app", all.back().name}};
  }
  const policy::Index index(std::move(all), policy::kDefaultRootNamespace);
  for (auto _ : state) benchmark::DoNotOptimize(index.find("shop", kLabels));
}
BENCHMARK(find_past_selectors)->Arg(1)->Arg(100);

// What the webhook does for every change of a policy: a new index of all of them.
void build_index(benchmark::State& state) {
  const auto all = policies(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const policy::Index index(all, policy::kDefaultRootNamespace);
    benchmark::DoNotOptimize(index.size());
  }
}
BENCHMARK(build_index)->Arg(10)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

void merge(benchmark::State& state) {
  const auto all = policies(1);
  for (auto _ : state) benchmark::DoNotOptimize(policy::merge(&all[0], &all[1], &all[2]));
}
BENCHMARK(merge)->Unit(benchmark::kMicrosecond);

void decode(benchmark::State& state) {
  const nlohmann::json object = policy_object();
  for (auto _ : state) benchmark::DoNotOptimize(policy::decode(object, {}));
}
BENCHMARK(decode)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace meshtrace::bench
