// The way of one pod through the webhook, without its socket: the injection alone, and bytes to bytes.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <memory>

#include "core/inject/inject.h"
#include "net/process/log.h"
#include "tests/bench/fixture.h"
#include "webhook/endpoints.h"

namespace meshtrace::bench {
namespace {

const policy::Labels kLabels = {{"app", "checkout"}};

// The pod is parsed already and its policy known: the decision and the patch. Aim: under 15 µs.
void inject_alone(benchmark::State& state) {
  const policy::Index index = index_with(0);
  const policy::Coverage coverage = index.find("shop", kLabels);
  if (coverage.effective == nullptr) give_up("no policy covers the review");
  simdjson::dom::parser parser;
  const simdjson::padded_string bytes(review_bytes());
  const simdjson::dom::element pod = parser.parse(bytes)["request"]["object"];
  std::size_t patch_bytes = 0;
  for (auto _ : state) {
    auto injection = inject::inject(pod, coverage.effective->injection,
                                    {.base = "", .owner = {}, .mark = inject::Options::Mark::kSet});
    if (!injection || injection->patch.empty()) give_up("nothing was injected");
    patch_bytes = injection->patch.size();
    benchmark::DoNotOptimize(injection);
  }
  state.counters["patch_bytes"] = static_cast<double>(patch_bytes);
}
BENCHMARK(inject_alone);

// All that the webhook does for a request but its HTTP and its log: from the body to the reply's. The argument:
// policies in other namespaces, which must not matter.
void admission(benchmark::State& state) {
  webhook::log::init(webhook::log::Level::kError);
  webhook::PolicyStore store(policy::kDefaultRootNamespace);
  store.publish(std::make_shared<const policy::Index>(index_with(static_cast<int>(state.range(0)))), 0);
  const webhook::Health health(store);
  webhook::Metrics metrics;
  const webhook::Endpoints endpoints(store, health, metrics, policy::kDefaultRootNamespace,
                                     [] { return net::ServerStats{}; });
  std::string body = review_bytes();
  body.reserve(body.size() + net::kBodyPadding);
  net::Request request;
  request.method = "POST";
  request.path = "/mutate";
  request.content_type = "application/json";
  request.body = body;
  std::size_t reply_bytes = 0;
  for (auto _ : state) {
    const net::Response response = endpoints.handle(request);
    if (response.body.find("\"patch\"") == std::string::npos) give_up("nothing was injected: " + response.body);
    reply_bytes = response.body.size();
    benchmark::DoNotOptimize(response.body.data());
  }
  state.counters["review_bytes"] = static_cast<double>(body.size());
  state.counters["reply_bytes"] = static_cast<double>(reply_bytes);
}
BENCHMARK(admission)->Arg(10)->Arg(10'000);

}  // namespace
}  // namespace meshtrace::bench
