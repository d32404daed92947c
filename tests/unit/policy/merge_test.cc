#include <gmock/gmock.h>

#include "core/policy/effective.h"
#include "tests/unit/policy/support.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;
using test::policy_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// The effective policy of up to three levels, each a spec as JSON text; an empty one is absent.
Effective merged(std::string_view mesh, std::string_view ns = "", std::string_view workload = "") {
  const TracingPolicy levels[] = {policy_of("istio-system", "mesh", mesh.empty() ? "{}" : mesh),
                                  policy_of("shop", "namespace", ns.empty() ? "{}" : ns),
                                  policy_of("shop", "workload", workload.empty() ? "{}" : workload)};
  return merge(mesh.empty() ? nullptr : &levels[0], ns.empty() ? nullptr : &levels[1],
               workload.empty() ? nullptr : &levels[2]);
}

const Origin kOfMesh{Level::kMesh, "istio-system", "mesh"};
const Origin kOfNamespace{Level::kNamespace, "shop", "namespace"};
const Origin kOfWorkload{Level::kWorkload, "shop", "workload"};

TEST(Merge, TakesEachFieldFromTheNarrowestLevelThatStatesIt) {
  const Effective effective =
      merged(R"({"workload": {"podIdentity": false, "sdkDisabled": true, "exporter": {"endpoint": "http://a:1"}}})",
             R"({"workload": {"exporter": {"protocol": "grpc"}}})", R"({"workload": {"podIdentity": true}})");
  EXPECT_EQ(effective.merged["workload"]["podIdentity"], true);
  EXPECT_EQ(effective.merged["workload"]["exporter"].dump(), R"({"endpoint":"http://a:1","protocol":"grpc"})");
  EXPECT_EQ(effective.origins.at("workload.podIdentity"), kOfWorkload);
  EXPECT_EQ(effective.origins.at("workload.sdkDisabled"), kOfMesh);
  EXPECT_EQ(effective.origins.at("workload.exporter.endpoint"), kOfMesh);
  EXPECT_EQ(effective.origins.at("workload.exporter.protocol"), kOfNamespace);
  EXPECT_THAT(effective.warnings, IsEmpty());
}

TEST(Merge, ReplacesLists) {
  const Effective effective = merged(R"({"workload": {"propagators": ["tracecontext", "baggage"]}})",
                                     R"({"workload": {"propagators": ["none"]}})");
  EXPECT_THAT(effective.injection.propagators, ElementsAre("none"));
  EXPECT_EQ(effective.origins.at("workload.propagators"), kOfNamespace);
}

TEST(Merge, MergesMapsByKey) {
  const Effective effective = merged(R"({"workload": {"resourceAttributes": {"a": "1", "b": "1"}}})",
                                     R"({"workload": {"resourceAttributes": {"b": "2", "a.c": "2"}}})");
  EXPECT_THAT(effective.injection.resource_attributes, ElementsAre(Pair("a", "1"), Pair("a.c", "2"), Pair("b", "2")));
  EXPECT_EQ(effective.origins.at("workload.resourceAttributes[a]"), kOfMesh);
  EXPECT_EQ(effective.origins.at("workload.resourceAttributes[b]"), kOfNamespace);
  EXPECT_EQ(effective.origins.at("workload.resourceAttributes[a.c]"), kOfNamespace);
}

TEST(Merge, TakesAnEmptyMapForAnAbsentOne) {
  EXPECT_EQ(merged(R"({"workload": {"resourceAttributes": {}}})").injection.hash,
            merged(R"({"workload": {}})").injection.hash);
}

TEST(Merge, ReplacesSamplingWhole) {
  const Effective effective = merged(R"({"sampling": {"owner": "Proxy", "percentage": 100}})",
                                     R"({"sampling": {"owner": "SDK", "percentage": 0.29}})");
  ASSERT_TRUE(effective.injection.sampling);
  EXPECT_EQ(effective.injection.sampling->owner, SamplingOwner::kSdk);
  EXPECT_EQ(effective.injection.sampling->hundredths, 29);
  EXPECT_EQ(effective.origins.at("sampling.percentage"), kOfNamespace);
}

TEST(Merge, ReplacesBatchSpanProcessorWhole) {
  const Effective effective =
      merged(R"({"workload": {"batchSpanProcessor": {"profile": "HighThroughput", "exportTimeout": "10s"}}})",
             R"({"workload": {"batchSpanProcessor": {"maxQueueSize": 1024}}})");
  const auto& batch = effective.merged["workload"]["batchSpanProcessor"];
  EXPECT_EQ(batch.dump(), R"({"maxExportBatchSize":512,"maxQueueSize":1024,"memoryHeadroomPercent":20,)"
                          R"("profile":"Default","scheduleDelay":"5s"})");
  EXPECT_FALSE(effective.injection.batch->export_timeout);
  EXPECT_EQ(effective.origins.at("workload.batchSpanProcessor.maxQueueSize"), kOfNamespace);
  EXPECT_EQ(effective.origins.at("workload.batchSpanProcessor.scheduleDelay"), Origin{});
  EXPECT_FALSE(effective.origins.contains("workload.batchSpanProcessor.exportTimeout"));
}

TEST(Merge, ReplacesTheFormatsOfTheAccessLogTogetherAndNothingElseOfIt) {
  const Effective effective = merged(R"({"proxy": {"accessLog": {"file": "/dev/stdout", "traceHeaders": ["W3C"]}}})",
                                     R"({"proxy": {"accessLog": {"jsonFormat": {"a": "1", "b": "1"}}}})",
                                     R"({"proxy": {"accessLog": {"jsonFormat": {"c": "%DURATION%"}}}})");
  EXPECT_EQ(effective.merged["proxy"]["accessLog"].dump(),
            R"({"encoding":"JSON","file":"/dev/stdout","jsonFormat":{"c":"%DURATION%"}})");
  EXPECT_EQ(effective.origins.at("proxy.accessLog.jsonFormat"), kOfWorkload);
  EXPECT_FALSE(effective.origins.contains("proxy.accessLog.traceHeaders"));
}

TEST(Merge, ReplacesTheSourceOfTheServiceNameWithItsKeyAndValue) {
  const Effective effective =
      merged(R"({"workload": {"serviceName": {"from": "Label", "key": "app", "useWellKnownLabels": true}}})",
             R"({"workload": {"serviceName": {"from": "Auto"}}})");
  EXPECT_EQ(effective.merged["workload"]["serviceName"].dump(), R"({"from":"Auto","useWellKnownLabels":true})");
  EXPECT_EQ(effective.injection.service_name.from, ServiceName::From::kAuto);
  EXPECT_EQ(effective.injection.service_name.key, "");
  EXPECT_TRUE(effective.injection.service_name.use_well_known_labels);
}

TEST(Merge, AppliesDefaultsOnlyAfterTheLevels) {
  const Effective effective = merged(R"({"workload": {}})");
  EXPECT_EQ(effective.merged.dump(), R"({"workload":{"containers":{"exclude":[],"include":["*"]},"podIdentity":true,)"
                                     R"("propagators":["tracecontext","baggage"],)"
                                     R"("serviceName":{"from":"Auto","useWellKnownLabels":false}}})");
  for (const auto& [path, origin] : effective.origins) EXPECT_EQ(origin, Origin{}) << path;
  EXPECT_FALSE(effective.injection.sampling);
  EXPECT_FALSE(effective.injection.batch);
  EXPECT_FALSE(effective.injection.exporter_endpoint);
  EXPECT_FALSE(effective.injection.exporter_protocol);
  EXPECT_FALSE(effective.injection.sdk_disabled);
  EXPECT_THAT(effective.injection.include, ElementsAre("*"));
  EXPECT_TRUE(effective.injection.pod_identity);
}

TEST(Merge, TouchesPodsOnlyWhereWorkloadOrSamplingIsStated) {
  EXPECT_TRUE(touches_pods(merged(R"({"workload": {}})")));
  EXPECT_TRUE(touches_pods(merged("", R"({"sampling": {"owner": "SDK", "percentage": 1}})")));
  EXPECT_FALSE(touches_pods(merged(R"({"proxy": {"tracingProvider": "otel"}})")));
  EXPECT_FALSE(touches_pods(merged("")));
  EXPECT_EQ(merged(R"({"proxy": {"tracingProvider": "otel"}})").merged.dump(),
            R"({"proxy":{"tracingProvider":"otel"}})");
}

TEST(Merge, GivesTheWorkloadsDefaultsToWhoStatesSamplingAlone) {
  const Effective effective = merged(R"({"sampling": {"owner": "SDK", "percentage": 10}})");
  EXPECT_THAT(effective.injection.propagators, ElementsAre("tracecontext", "baggage"));
  EXPECT_TRUE(effective.injection.pod_identity);
}

TEST(Merge, AppliesTheDefaultsOfProxyObjectsThatAreStated) {
  const Effective effective = merged(R"({"proxy": {"accessLog": {}, "headers": {}}})");
  EXPECT_EQ(effective.merged["proxy"].dump(),
            R"({"accessLog":{"encoding":"TEXT"},"headers":{"appliesTo":"Gateways"}})");
}

TEST(Merge, ResolvesProfilesAndSingleValuesOverThem) {
  const auto batch = [](const std::string& stated) {
    return *merged(R"({"workload": {"batchSpanProcessor": {)" + stated + "}}}").injection.batch;
  };
  const BatchSpanProcessor standard = batch("");
  EXPECT_EQ(standard.schedule_delay.count(), 5000);
  EXPECT_EQ(standard.max_queue_size, 2048);
  EXPECT_EQ(standard.max_export_batch_size, 512);
  EXPECT_FALSE(standard.export_timeout);

  const BatchSpanProcessor high = batch(R"("profile": "HighThroughput", "scheduleDelay": "1500ms",
                                           "exportTimeout": "1m30s")");
  EXPECT_EQ(high.schedule_delay.count(), 1500);
  EXPECT_EQ(high.export_timeout->count(), 90'000);
  EXPECT_EQ(high.max_queue_size, 4096);
  EXPECT_EQ(high.max_export_batch_size, 2048);

  const BatchSpanProcessor from_memory = batch(R"("maxQueueSize": "Auto", "memoryHeadroomPercent": 5)");
  EXPECT_TRUE(from_memory.queue_from_memory);
  EXPECT_EQ(from_memory.max_queue_size, 2048);
  EXPECT_EQ(from_memory.memory_headroom_percent, 5);
}

TEST(Merge, LowersABatchOverTheQueueWithAWarning) {
  const Effective effective = merged(R"({"workload": {"batchSpanProcessor": {"maxQueueSize": 100}}})");
  EXPECT_EQ(effective.injection.batch->max_export_batch_size, 100);
  EXPECT_EQ(effective.merged["workload"]["batchSpanProcessor"]["maxExportBatchSize"], 100);
  EXPECT_THAT(effective.warnings, ElementsAre(HasSubstr("maxExportBatchSize 512 is lowered to 100")));
}

TEST(Merge, LetsTheEncodingFollowAFormatOfAnotherLevelWithAWarning) {
  const Effective text = merged(R"({"proxy": {"accessLog": {"encoding": "JSON"}}})",
                                R"({"proxy": {"accessLog": {"format": "%DURATION%"}}})");
  EXPECT_EQ(text.merged["proxy"]["accessLog"]["encoding"], "TEXT");
  EXPECT_THAT(text.warnings, ElementsAre(HasSubstr("encoding JSON is taken as TEXT")));
  const Effective as_json = merged(R"({"proxy": {"accessLog": {"encoding": "TEXT"}}})",
                                   R"({"proxy": {"accessLog": {"jsonFormat": {"a": "b"}}}})");
  EXPECT_EQ(as_json.merged["proxy"]["accessLog"]["encoding"], "JSON");
  EXPECT_EQ(as_json.origins.at("proxy.accessLog.encoding"), kOfNamespace);
}

TEST(Merge, BoundsTheAttributesOfAllLevelsTogether) {
  const auto attributes = [](char prefix) {
    json spec;
    for (int i = 0; i < 64; ++i) {
      spec["workload"]["resourceAttributes"][prefix + std::to_string(i)] = std::string(1024, '%');
    }
    return spec.dump();
  };
  const Effective effective = merged(attributes('a'), attributes('b'), attributes('c'));
  std::size_t bytes = 0;
  for (const auto& [key, value] : effective.injection.resource_attributes) bytes += key.size() + 3 * value.size() + 2;
  EXPECT_LE(bytes, 96u * 1024);
  EXPECT_GT(bytes, 90u * 1024);
  EXPECT_EQ(effective.warnings.size() + effective.injection.resource_attributes.size(), 3u * 64);
  EXPECT_FALSE(effective.origins.contains("workload.resourceAttributes[c9]"));
}

TEST(MarkHash, IsStableOverReleases) {
  // A change here turns every pod of every user stale: the scheme number goes up with it, and only then.
  EXPECT_EQ(merged(R"({"sampling": {"owner": "SDK", "percentage": 10},
                       "workload": {"exporter": {"endpoint": "http://otel-collector.observability:4317"}}})")
                .injection.hash,
            "e020480698790f1a");
}

TEST(MarkHash, DependsOnWhatIsInjectedAlone) {
  const std::string plain = merged(R"({"workload": {}})").injection.hash;
  EXPECT_EQ(plain.size(), 16u);
  EXPECT_EQ(plain.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(merged("", R"({"workload": {"podIdentity": true}})").injection.hash, plain) << "a stated default";
  EXPECT_EQ(merged(R"({"workload": {}, "proxy": {"tracingProvider": "a"}})").injection.hash, plain) << "the proxy";
  EXPECT_NE(merged(R"({"workload": {"podIdentity": false}})").injection.hash, plain);
  EXPECT_NE(merged(R"({"sampling": {"owner": "SDK", "percentage": 1}})").injection.hash, plain);
  const auto delay = [](const std::string& text) {
    return merged(R"({"workload": {"batchSpanProcessor": {"scheduleDelay": ")" + text + R"("}}})").injection.hash;
  };
  EXPECT_EQ(delay("60s"), delay("1m")) << "the same time";
  EXPECT_EQ(delay("5s"), merged(R"({"workload": {"batchSpanProcessor": {}}})").injection.hash) << "the profile's value";
}

}  // namespace
}  // namespace meshtrace::policy
