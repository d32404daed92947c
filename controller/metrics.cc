#include "controller/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>
#include <utility>
#include <vector>

#include "core/audit/table.h"

namespace meshtrace::controller {
namespace {

// Seconds. The API server answers in milliseconds; a request is given up after 30 s.
const prometheus::Histogram::BucketBoundaries kRequestBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                              0.1,   0.25,   0.5,   1.0,  5.0,   30.0};
// Seconds. Deciding about a small mesh takes a millisecond, about a large one a second.
const prometheus::Histogram::BucketBoundaries kReconcileBuckets{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0};

const char* name_of(WriteResult result) {
  switch (result) {
    case WriteResult::kWritten:
      return "written";
    case WriteResult::kConflict:
      return "conflict";
    case WriteResult::kRefused:
      return "refused";
    case WriteResult::kNoReply:
      return "no_reply";
    case WriteResult::kNotLeader:
      return "not_leader";
  }
  return "";
}

// "2xx"; the exact codes that say what to do about it by themselves.
std::string code_label(int code) {
  if (code == 0) return "none";
  if (code == 404 || code == 409 || code == 429) return std::to_string(code);
  return std::to_string(code / 100) + "xx";
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::MetricFamily sample(prometheus::MetricType type, const char* name, const char* help, double value) {
  prometheus::ClientMetric metric;
  (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {name, help, type, {metric}};
}

}  // namespace

Metrics::Metrics() : registry_(std::make_unique<prometheus::Registry>()) {
  auto& registry = *registry_;
  reconciles_ = &counter(registry, "meshtrace_controller_reconciles_total",
                         "Times that everything was decided from all policies and the state of the mesh.");
  reconcile_seconds_ = &prometheus::BuildHistogram()
                            .Name("meshtrace_controller_reconcile_duration_seconds")
                            .Help("Time of one decision, without its writes.")
                            .Register(registry)
                            .Add({}, kReconcileBuckets);
  errors_ = &prometheus::BuildCounter()
                 .Name("meshtrace_controller_errors_total")
                 .Help("Failures, by the part that had them; each is retried.")
                 .Register(registry);
  writes_ = &prometheus::BuildCounter()
                 .Name("meshtrace_controller_writes_total")
                 .Help("Writes tried, by the object's kind, verb and result.")
                 .Register(registry);
  drift_ = &prometheus::BuildCounter()
                .Name("meshtrace_controller_drift_total")
                .Help("Changes by others to what this controller had written, found and put right.")
                .Register(registry);
  rejections_ = &counter(registry, "meshtrace_controller_rejections_total",
                         "Writes that proxies refused and that were taken back.");
  retries_ = &counter(registry, "meshtrace_controller_queue_retries_total", "Writes put back to be tried again.");
  leader_ = &gauge(registry, "meshtrace_controller_leader", "1 while this replica is the one that writes.");
  policies_ = &prometheus::BuildGauge()
                   .Name("meshtrace_controller_policies")
                   .Help("TracingPolicies by condition and its status.")
                   .Register(registry);
  request_seconds_ = &prometheus::BuildHistogram()
                          .Name("meshtrace_controller_api_request_duration_seconds")
                          .Help("Time of requests to the API server, watches left out.")
                          .Register(registry);
  certificate_expiry_ =
      &gauge(registry, "meshtrace_controller_certificate_expiry_timestamp_seconds",
             "Unix time at which the webhook's certificate expires; 0 where this replica has not seen one.");
  prometheus::BuildGauge()
      .Name("meshtrace_controller_build_info")
      .Help("Always 1; the label says which version this is.")
      .Register(registry)
      .Add({{"version", MESHTRACE_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::count_reconcile(std::chrono::nanoseconds duration) {
  reconciles_->Increment();
  reconcile_seconds_->Observe(std::chrono::duration<double>(duration).count());
}

void Metrics::count_error(std::string_view source) { errors_->Add({{"source", std::string(source)}}).Increment(); }

void Metrics::count_write(std::string_view kind, std::string_view verb, WriteResult result) {
  writes_->Add({{"kind", std::string(kind)}, {"verb", std::string(verb)}, {"result", name_of(result)}}).Increment();
}

void Metrics::count_drift(std::string_view kind) { drift_->Add({{"kind", std::string(kind)}}).Increment(); }
void Metrics::count_rejection() { rejections_->Increment(); }
void Metrics::count_retry() { retries_->Increment(); }
void Metrics::set_leader(bool leads) { leader_->Set(leads ? 1 : 0); }

void Metrics::set_queue(const QueueFigures& figures) {
  const std::lock_guard lock(mutex_);
  queue_ = figures;
}

void Metrics::set_policies(std::string_view condition, std::string_view status, std::size_t policies) {
  policies_->Add({{"condition", std::string(condition)}, {"status", std::string(status)}})
      .Set(static_cast<double>(policies));
}

void Metrics::observe_request(std::string_view method, int code, std::chrono::nanoseconds duration) {
  request_seconds_->Add({{"method", std::string(method)}, {"code", code_label(code)}}, kRequestBuckets)
      .Observe(std::chrono::duration<double>(duration).count());
}

void Metrics::set_certificate_expiry(std::int64_t not_after) {
  certificate_expiry_->Set(static_cast<double>(not_after));
}

void Metrics::set_audit(const audit::Tally* tally) {
  const std::lock_guard lock(mutex_);
  audits_ = tally != nullptr;
  findings_.clear();
  suppressed_findings_ = 0;
  if (tally == nullptr) return;
  // A check that finds nothing is there with 0, so that a finding that is mended is seen to be.
  for (const audit::Check* check : audit::checks()) findings_[{std::string(check->code), check->severity}] = 0;
  for (const auto& [key, count] : tally->by_code) findings_[key] = count;
  suppressed_findings_ = tally->total.suppressed;
}

void Metrics::add_findings(std::vector<prometheus::MetricFamily>& families) const {
  const std::lock_guard lock(mutex_);
  if (!audits_) return;
  prometheus::MetricFamily family{
      "meshtrace_audit_findings", "What the audit found, by check and severity.", prometheus::MetricType::Gauge, {}};
  for (const auto& [key, count] : findings_) {
    prometheus::ClientMetric metric;
    metric.label = {{"code", key.first}, {"severity", std::string(audit::name_of(key.second))}};
    metric.gauge.value = static_cast<double>(count);
    family.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(family));
  families.push_back(sample(prometheus::MetricType::Gauge, "meshtrace_audit_suppressed_findings",
                            "What the audit found and an annotation suppresses.",
                            static_cast<double>(suppressed_findings_)));
}

std::string Metrics::render(const net::ServerStats& server, bool ready) const {
  constexpr auto kGauge = prometheus::MetricType::Gauge;
  std::vector<prometheus::MetricFamily> families = registry_->Collect();
  QueueFigures queue;
  {
    const std::lock_guard lock(mutex_);
    queue = queue_;
  }
  add_findings(families);
  const auto age = queue.oldest ? std::chrono::steady_clock::now() - *queue.oldest : std::chrono::nanoseconds(0);
  families.push_back(sample(kGauge, "meshtrace_controller_ready", "1 while /readyz answers 200.", ready ? 1 : 0));
  families.push_back(sample(kGauge, "meshtrace_controller_queue_depth", "Objects that wait for a write or a retry.",
                            static_cast<double>(queue.depth)));
  families.push_back(sample(kGauge, "meshtrace_controller_queue_oldest_age_seconds",
                            "Time that the object which waits longest has waited.",
                            std::chrono::duration<double>(age).count()));
  families.push_back(sample(kGauge, "meshtrace_controller_connections", "Open connections to this program.",
                            static_cast<double>(server.open)));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace meshtrace::controller
