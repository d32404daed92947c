#include "webhook/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>
#include <utility>
#include <vector>

namespace meshtrace::webhook {
namespace {

struct Series {
  Endpoint endpoint;
  const char* path;
  RequestResult result;
  const char* result_name;
};

// Which result each endpoint can have.
constexpr std::array<Series, 11> kSeries{{
    {Endpoint::kMutate, "/mutate", RequestResult::kPatched, "patched"},
    {Endpoint::kMutate, "/mutate", RequestResult::kAllowed, "allowed"},
    {Endpoint::kMutate, "/mutate", RequestResult::kRefused, "refused"},
    {Endpoint::kMutate, "/mutate", RequestResult::kUnavailable, "unavailable"},
    {Endpoint::kValidate, "/validate", RequestResult::kAllowed, "allowed"},
    {Endpoint::kValidate, "/validate", RequestResult::kDenied, "denied"},
    {Endpoint::kValidate, "/validate", RequestResult::kRefused, "refused"},
    {Endpoint::kHealthz, "/healthz", RequestResult::kOk, "ok"},
    {Endpoint::kReadyz, "/readyz", RequestResult::kOk, "ok"},
    {Endpoint::kReadyz, "/readyz", RequestResult::kUnavailable, "unavailable"},
    {Endpoint::kMetrics, "/metrics", RequestResult::kOk, "ok"},
}};

// Seconds. An admission takes some 10 µs; API servers wait 3 s.
const prometheus::Histogram::BucketBoundaries kBuckets{0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001,
                                                       0.0025,  0.005,    0.01,    0.05,   0.25,    1.0};

template <class T>
std::size_t index_of(T value) {
  return static_cast<std::size_t>(value);
}

// What others count and we only show: read at the moment of the scrape.
class Snapshot {
 public:
  void add(prometheus::MetricType type, const char* name, const char* help, double value) {
    families_.push_back({name, help, type, {metric(type, value)}});
  }
  void add_refusals(const net::ServerStats& stats) {
    prometheus::MetricFamily family{"meshtrace_webhook_http_refused_total",
                                    "Requests that the server refused before any endpoint saw them, by HTTP status.",
                                    prometheus::MetricType::Counter,
                                    {}};
    for (std::size_t i = 0; i < stats.refused.size(); ++i) {
      auto one = metric(prometheus::MetricType::Counter, static_cast<double>(stats.refused[i]));
      one.label = {{"code", std::to_string(net::ServerStats::kRefusals[i])}};
      family.metric.push_back(std::move(one));
    }
    families_.push_back(std::move(family));
  }
  std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  static prometheus::ClientMetric metric(prometheus::MetricType type, double value) {
    prometheus::ClientMetric result;
    (type == prometheus::MetricType::Counter ? result.counter.value : result.gauge.value) = value;
    return result;
  }
  std::vector<prometheus::MetricFamily> families_;
};

std::vector<prometheus::MetricFamily> snapshot(const net::ServerStats& server, const PolicyStore& store, bool ready) {
  constexpr auto kCounter = prometheus::MetricType::Counter;
  constexpr auto kGauge = prometheus::MetricType::Gauge;
  const PolicyStore::Status policies = store.status();
  const auto number = [](auto value) { return static_cast<double>(value); };
  Snapshot result;
  result.add(kGauge, "meshtrace_webhook_ready", "1 while /readyz answers 200.", ready ? 1 : 0);
  result.add(kGauge, "meshtrace_webhook_policies", "TracingPolicies in force.", number(store.index()->size()));
  result.add(kGauge, "meshtrace_webhook_policies_rejected", "TracingPolicies left out because they are invalid.",
             number(policies.rejected));
  result.add(kGauge, "meshtrace_webhook_policies_up_to_date",
             "1 while the source of the policies can be read; 0: the last good ones are in force.",
             policies.synced && policies.problem.empty() ? 1 : 0);
  result.add(kCounter, "meshtrace_webhook_policy_source_failures_total",
             "Times that the source of the policies could not be read.", number(policies.failures));
  result.add(kCounter, "meshtrace_webhook_policy_updates_total", "Times that a set of policies came into force.",
             number(policies.publishes));
  result.add(kGauge, "meshtrace_webhook_connections", "Open connections.", number(server.open));
  result.add(kCounter, "meshtrace_webhook_connections_total", "Connections accepted.", number(server.accepted));
  result.add(kCounter, "meshtrace_webhook_connections_evicted_total",
             "Connections closed to make room for new ones, the idlest first.", number(server.evicted));
  result.add(kCounter, "meshtrace_webhook_connection_timeouts_total",
             "Connections closed because a handshake, request, response or pause took too long.",
             number(server.timeouts));
  result.add(kCounter, "meshtrace_webhook_accept_failures_total",
             "Connections that could not be accepted, mostly for want of file descriptors.",
             number(server.accept_failures));
  result.add(kCounter, "meshtrace_webhook_tls_handshake_failures_total", "TLS handshakes that failed.",
             number(server.handshake_failures));
  result.add_refusals(server);
  return result.take();
}

}  // namespace

Metrics::Metrics() : registry_(std::make_unique<prometheus::Registry>()) {
  auto& requests = prometheus::BuildCounter()
                       .Name("meshtrace_webhook_requests_total")
                       .Help("Requests answered, by path and result.")
                       .Register(*registry_);
  for (const Series& series : kSeries) {
    requests_[index_of(series.endpoint)][index_of(series.result)] =
        &requests.Add({{"path", series.path}, {"result", series.result_name}});
  }
  // All other paths and methods, and /healthz with POST, and so on.
  prometheus::Counter& other = requests.Add({{"path", "other"}, {"result", "refused"}});
  for (auto& results : requests_) {
    if (auto*& refused = results[index_of(RequestResult::kRefused)]; refused == nullptr) refused = &other;
  }
  auto& seconds = prometheus::BuildHistogram()
                      .Name("meshtrace_webhook_admission_duration_seconds")
                      .Help("Time to answer an AdmissionReview, without TLS and HTTP.")
                      .Register(*registry_);
  admission_seconds_ = {&seconds.Add({{"path", "/mutate"}}, kBuckets), &seconds.Add({{"path", "/validate"}}, kBuckets)};
  injected_ = &prometheus::BuildCounter()
                   .Name("meshtrace_webhook_pods_injected_total")
                   .Help("Pods of which a container got at least one variable. Dry runs count too.")
                   .Register(*registry_)
                   .Add({});
  auto& skipped = prometheus::BuildCounter()
                      .Name("meshtrace_webhook_pods_skipped_total")
                      .Help("Reviews of which no container got a variable, by reason.")
                      .Register(*registry_);
  for (std::size_t i = 0; i < kSkipReasons; ++i) {
    skipped_[i] = &skipped.Add({{"reason", std::string(name_of(static_cast<SkipReason>(i)))}});
  }
  warnings_ = &prometheus::BuildCounter()
                   .Name("meshtrace_webhook_warnings_total")
                   .Help("Warnings sent to whoever made a request.")
                   .Register(*registry_)
                   .Add({});
  certificate_failures_ = &prometheus::BuildCounter()
                               .Name("meshtrace_webhook_certificate_failures_total")
                               .Help("Times that the certificate files changed to something that cannot be used.")
                               .Register(*registry_)
                               .Add({});
  certificate_expiry_ = &prometheus::BuildGauge()
                             .Name("meshtrace_webhook_certificate_expiry_timestamp_seconds")
                             .Help("Unix time at which the serving certificate expires; 0 before there is one.")
                             .Register(*registry_)
                             .Add({});
  prometheus::BuildGauge()
      .Name("meshtrace_webhook_build_info")
      .Help("Always 1; the label says which version this is.")
      .Register(*registry_)
      .Add({{"version", MESHTRACE_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::count_request(Endpoint endpoint, RequestResult result) {
  if (auto* counter = requests_[index_of(endpoint)][index_of(result)]) counter->Increment();
}

void Metrics::observe_admission(Endpoint endpoint, std::chrono::nanoseconds duration) {
  admission_seconds_[endpoint == Endpoint::kMutate ? 0 : 1]->Observe(std::chrono::duration<double>(duration).count());
}

void Metrics::count_injected() { injected_->Increment(); }
void Metrics::count_skipped(SkipReason reason) { skipped_[index_of(reason)]->Increment(); }

void Metrics::count_warnings(std::size_t warnings) {
  if (warnings > 0) warnings_->Increment(static_cast<double>(warnings));
}

void Metrics::count_certificate_failure() { certificate_failures_->Increment(); }
void Metrics::set_certificate_expiry(std::int64_t not_after) {
  certificate_expiry_->Set(static_cast<double>(not_after));
}

std::string Metrics::render(const net::ServerStats& server, const PolicyStore& store, bool ready) const {
  std::vector<prometheus::MetricFamily> families = registry_->Collect();
  for (auto& family : snapshot(server, store, ready)) families.push_back(std::move(family));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace meshtrace::webhook
