// What istiod answers, read: its pods, /metrics and /debug/syncz as istiod 1.31 writes them, and as nobody should.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "controller/istiod/metrics_text.h"
#include "controller/istiod/pods.h"
#include "controller/istiod/syncz.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

json istiod_pod(const std::string& image) {
  json pod = json::parse(R"({
    "metadata": {"name": "istiod-7d4", "namespace": "istio-system",
                 "labels": {"app": "istiod", "istio.io/rev": "canary"},
                 "annotations": {"prometheus.io/port": "15014", "prometheus.io/scrape": "true"}},
    "spec": {"containers": [{"name": "injected", "image": "x:9.9"}, {"name": "discovery"}]},
    "status": {"phase": "Running", "podIP": "10.0.0.7"}})");
  pod["spec"]["containers"][1]["image"] = image;
  return pod;
}

json list_of(json items) { return {{"kind", "PodList"}, {"items", std::move(items)}}; }

TEST(IstiodPodsTest, AreAskedForByTheirLabelInTheRootNamespace) {
  EXPECT_EQ(istiod_pods_request("istio-system").target(),
            "/api/v1/namespaces/istio-system/pods?limit=20&labelSelector=app%3Distiod");
}

TEST(IstiodPodsTest, TellAddressPortVersionAndRevision) {
  const auto pods = istiod_pods_of(list_of({istiod_pod("docker.io/istio/pilot:1.31.1-distroless")}));
  ASSERT_EQ(pods.size(), 1u);
  EXPECT_EQ(pods[0], (IstiodPod{"istiod-7d4", "10.0.0.7", 15014, mesh::Version{1, 31, 1}, "canary"}));
}

TEST(IstiodPodsTest, TheVersionIsTheTagsWhateverTheImageLooksLike) {
  const std::pair<const char*, std::optional<mesh::Version>> cases[] = {
      {"registry:5000/istio/pilot:1.30.2@sha256:0f", mesh::Version{1, 30, 2}},
      {"registry:5000/istio/pilot", std::nullopt},
      {"pilot@sha256:0f", std::nullopt},
      {"pilot:latest", std::nullopt},
      {"", std::nullopt}};
  for (const auto& [image, version] : cases) {
    EXPECT_EQ(istiod_pods_of(list_of({istiod_pod(image)}))[0].version, version) << image;
  }
}

TEST(IstiodPodsTest, AWrongPortIsTheDefault) {
  for (const char* port : {"", "0", "65536", "-1", "15014 ", "metrics"}) {
    json pod = istiod_pod("pilot:1.31.1");
    pod["metadata"]["annotations"]["prometheus.io/port"] = port;
    EXPECT_EQ(istiod_pods_of(list_of({pod}))[0].port, kDefaultMonitoringPort) << port;
  }
}

TEST(IstiodPodsTest, ThoseThatCannotAnswerAreLeftOut) {
  json pending = istiod_pod("pilot:1.31.1");
  pending["status"] = {{"phase", "Pending"}};
  json failed = istiod_pod("pilot:1.31.1");
  failed["status"]["phase"] = "Failed";
  json ending = istiod_pod("pilot:1.31.1");
  ending["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z";
  EXPECT_THAT(istiod_pods_of(list_of({pending, failed, ending, 7, nullptr, json::array()})), IsEmpty());
  for (const char* list : {"null", "[]", "{}", R"({"items": null})", R"({"items": 3})"}) {
    EXPECT_THAT(istiod_pods_of(json::parse(list)), IsEmpty()) << list;
  }
}

TEST(IstiodPodsTest, AtMostTwentyAreAsked) {
  EXPECT_EQ(istiod_pods_of(list_of(json(30, istiod_pod("pilot:1.31.1")))).size(), kMaxIstiods);
}

TEST(IstiodMetricsTest, TellVersionAndRefusals) {
  const IstiodMetrics metrics = parse_metrics(R"(# HELP istio_build Istio component build info
# TYPE istio_build gauge
istio_build{component="pilot",tag="1.31.1"} 1
# HELP pilot_total_xds_rejects Total number of XDS responses from pilot rejected by proxy.
# TYPE pilot_total_xds_rejects counter
pilot_total_xds_rejects{type="cds"} 12
pilot_total_xds_rejects{type="lds"} 1.5e+06
pilot_xds_push_time_bucket{type="lds",le="0.1"} 3
# TYPE pilot_xds_lds_reject gauge
pilot_xds_lds_reject{err="Internal",node="app-1.shop"} 2
pilot_xds_lds_reject{err="InvalidArgument",node="app-1.shop"} 3
pilot_xds_rds_reject{err="Internal",node="a\"b,node=\"c"} 1
)");
  EXPECT_EQ(metrics.version, "1.31.1");
  EXPECT_THAT(metrics.by_type, ElementsAre(Pair("cds", 12u), Pair("lds", 1'500'000u)));
  EXPECT_THAT(metrics.by_proxy,
              ElementsAre(Pair(Pair("a\"b,node=\"c", "rds"), 1u), Pair(Pair("app-1.shop", "lds"), 5u)));
}

TEST(IstiodMetricsTest, LinesThatAreNotUnderstoodAreSkipped) {
  for (const char* line : {"pilot_total_xds_rejects", "pilot_total_xds_rejects 3", "pilot_total_xds_rejects{",
                           "pilot_total_xds_rejects{type=\"lds\"}", "pilot_total_xds_rejects{type=\"lds\"} NaN",
                           "pilot_total_xds_rejects{type=\"lds\"} -1", "pilot_total_xds_rejects{type=\"lds\"} 1e300",
                           "pilot_total_xds_rejects}{ 1", "<html>pilot_total_xds_rejects{type=\"lds\"} 1"}) {
    EXPECT_THAT(parse_metrics(line).by_type, IsEmpty()) << line;
  }
  for (const char* line : {"pilot_total_xds_rejects{type=\"lds} 1", "pilot_total_xds_rejects{type=\"l\\} 1",
                           "pilot_total_xds_rejects{=\"\"} 1", "pilot_total_xds_rejects{} 1"}) {
    EXPECT_LE(parse_metrics(line).by_type.size(), 1u) << line;
  }
}

// Recorded from istiod 1.31 with an Envoy that refused a listener; shortened.
constexpr const char* kSyncz = R"([{"cluster_id":"Kubernetes","proxy":"app-1.shop","proxy_type":"sidecar",
 "istio_version":"1.31.1","cluster_sent":"11:36:34Z/7cc","cluster_acked":"11:36:34Z/7cc",
 "listener_sent":"11:36:34Z/733","listener_acked":"11:36:32Z/64d",
 "resources":{
  "type.googleapis.com/envoy.config.cluster.v3.Cluster":
   {"sent":"11:36:34Z/7cc","acked":"11:36:34Z/7cc","sentTime":"2026-11-21T11:36:34.116604382Z"},
  "type.googleapis.com/envoy.config.listener.v3.Listener":
   {"sent":"11:36:34Z/733","acked":"11:36:32Z/64d","sentTime":"2026-11-21T11:36:34.116837287Z",
    "lastError":"Error adding/updating listener(s) 127.0.0.1_26584: Not supported field in StreamInfo: NO_SUCH\n127.0.0.1_29412: Not supported field in StreamInfo: NO_SUCH\n"}}},
 {"proxy":"gateway.istio-system","proxy_type":"router","istio_version":"1.30.2",
  "resources":{"type.googleapis.com/envoy.config.listener.v3.Listener":{"sent":"b","acked":"a"}}},
 {"proxy":"ztunnel-x.istio-system","proxy_type":"ztunnel",
  "resources":{"type.googleapis.com/istio.workload.Address":{"sent":"b","acked":"b"}}}])";

TEST(SynczTest, TellsVersionsRefusalsAndWhoHasNotAnswered) {
  const auto proxies = parse_syncz(kSyncz);
  ASSERT_TRUE(proxies) << proxies.error().message();
  ASSERT_EQ(proxies->size(), 3u);
  const ProxyState& refusing = proxies->at(0);
  EXPECT_EQ(refusing.name, "app-1.shop");
  EXPECT_EQ(refusing.istio_version, "1.31.1");
  EXPECT_FALSE(refusing.waiting);
  EXPECT_THAT(refusing.refusals,
              ElementsAre(Refusal{"app-1.shop", "lds",
                                  "Error adding/updating listener(s) 127.0.0.1_26584: Not supported "
                                  "field in StreamInfo: NO_SUCH\n127.0.0.1_29412: Not supported field "
                                  "in StreamInfo: NO_SUCH\n"}));
  EXPECT_TRUE(proxies->at(1).waiting);
  EXPECT_THAT(proxies->at(1).refusals, IsEmpty());
  EXPECT_FALSE(proxies->at(2).waiting);
  EXPECT_EQ(proxies->at(2).istio_version, "");
}

TEST(SynczTest, NobodyConnectedIsAnEmptyList) {
  const auto proxies = parse_syncz("[]");
  ASSERT_TRUE(proxies);
  EXPECT_THAT(*proxies, IsEmpty());
}

TEST(SynczTest, RefusesWhatItIsNotAndNeverQuotesIt) {
  for (const char* body : {"", "secret", "{}", "null", "\"secret\"", "[1]", "[null]", "[[]]", R"([{"proxy":"secret"])",
                           R"([{"resources":[]}])", R"([{"resources":{"a":1}}])", R"([{"proxy":"a","resources":{"a":)",
                           R"([{"proxy" "a"}])", R"([{"proxy":"a",}])"}) {
    const auto proxies = parse_syncz(body);
    ASSERT_FALSE(proxies) << body;
    EXPECT_THAT(proxies.error().message(), Not(HasSubstr("secret")));
  }
}

TEST(SynczTest, FieldsOfTheWrongKindAreEmpty) {
  const auto proxies = parse_syncz(R"([{"proxy":7,"istio_version":{"a":[1,2]},"future":[{}],"resources":
      {"x/envoy.Unknown":{"sent":null,"lastError":"no"},"y":{"sent":"1","acked":{"deep":[{}]}}}}])");
  ASSERT_TRUE(proxies) << proxies.error().message();
  EXPECT_EQ(proxies->at(0).name, "");
  EXPECT_EQ(proxies->at(0).istio_version, "");
  EXPECT_TRUE(proxies->at(0).waiting);
  EXPECT_THAT(proxies->at(0).refusals, ElementsAre(Refusal{"", "envoy.Unknown", "no"}));
}

// Each beginning of a real answer: never a crash, and never taken for the whole.
TEST(SynczTest, NoBeginningIsTakenForTheWhole) {
  const std::string whole = kSyncz;
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse_syncz(whole.substr(0, size))) << size;
}

TEST(SynczTest, BearsTenThousandProxiesAndDeepNesting) {
  std::string body = "[";
  for (int i = 0; i < 10'000; ++i) {
    body +=
        (i == 0 ? "" : ",") + (R"({"proxy":"app-)" + std::to_string(i)) +
        R"(.shop","istio_version":"1.31.1","resources":{"t/envoy.config.listener.v3.Listener":{"sent":"a","acked":"a"}}})";
  }
  EXPECT_EQ(parse_syncz(body + "]").value().size(), 10'000u);
  const std::string deep = R"([{"proxy":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}]";
  EXPECT_EQ(parse_syncz(deep).value().size(), 1u) << "what nobody reads is passed over, however deep it is";
}

}  // namespace
}  // namespace meshtrace::controller
