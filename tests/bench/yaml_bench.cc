// Reading and rewriting manifests, as the command line does.
#include <benchmark/benchmark.h>

#include "tests/bench/fixture.h"

namespace meshtrace::bench {
namespace {

std::string deployment(int number) {
  const std::string name = "shop-" + std::to_string(number);
  return "---\n# " + name + R"( is one of many.
apiVersion: apps/v1
kind: Deployment
metadata: {name: )" +
         name + R"(, namespace: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: app
          image: "registry.example.com/shop:1.0"  # pinned
          env:
            - name: LOG_LEVEL
              value: info
)";
}

// The argument: documents in one text.
void read(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < state.range(0); ++i) text += deployment(i);
  for (auto _ : state) {
    const auto documents = yaml::read("bench.yaml", text);
    if (!documents) give_up(documents.error().message());
    benchmark::DoNotOptimize(documents->data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(read)->Arg(1)->Arg(4'000)->Unit(benchmark::kMillisecond);

void rewrite(benchmark::State& state) {
  const std::string text = deployment(1);
  const auto documents = yaml::read("bench.yaml", text);
  if (!documents) give_up(documents.error().message());
  nlohmann::json target = documents->front().value;
  target["spec"]["template"]["spec"]["containers"][0]["env"].push_back(
      {{"name", "OTEL_PROPAGATORS"}, {"value", "tracecontext,baggage"}});
  for (auto _ : state) {
    const auto changed = yaml::rewrite(documents->front(), target);
    if (!changed) give_up(changed.error().message());
    benchmark::DoNotOptimize(changed->data());
  }
}
BENCHMARK(rewrite)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace meshtrace::bench
