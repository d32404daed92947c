#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/collector.h"
#include "core/audit/fix.h"
#include "core/audit/workload_read.h"
#include "core/base/json.h"
#include "core/policy/labels.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Of the collector's own telemetry.
constexpr int kMetricsPort = 8888;

std::map<std::string, std::string> match_labels(const json& selector) {
  return strings_of(object_member(selector, {"matchLabels"}));
}

// A monitor's selector. Expressions are taken as fulfilled: what may select the collector is no fault.
bool selects(const Object& monitor, const std::map<std::string, std::string>& labels) {
  const policy::Labels pairs(labels.begin(), labels.end());
  return policy::matches(match_labels(object_member(monitor.value, {"spec", "selector"})), pairs);
}

bool looks_into(const Object& monitor, const std::string& ns) {
  const json& namespaces = object_member(monitor.value, {"spec", "namespaceSelector"});
  const json* any = find_member(namespaces, {"any"});
  if (any != nullptr && *any == true) return true;
  const json& names = array_member(namespaces, {"matchNames"});
  return names.empty() ? monitor.ref.ns == ns : std::find(names.begin(), names.end(), ns) != names.end();
}

bool any_monitor(const Model& model, Kind kind, const std::string& ns,
                 const std::map<std::string, std::string>& labels) {
  const auto monitors = model.snapshot.all(kind);
  return std::any_of(monitors.begin(), monitors.end(), [&](const ObjectPointer& monitor) {
    return looks_into(*monitor, ns) && selects(*monitor, labels);
  });
}

bool is_scraped(const Model& model, const Workload& workload) {
  const auto annotation = workload.annotations.find("prometheus.io/scrape");
  if (annotation != workload.annotations.end() && annotation->second == "true") return true;
  if (any_monitor(model, Kind::kPodMonitor, workload.ns, workload.labels)) return true;
  for (const ObjectPointer& service : model.snapshot.in(Kind::kService, workload.ns)) {
    const auto behind = model.workloads.behind(*service);
    if (std::find(behind.begin(), behind.end(), &workload) == behind.end()) continue;
    if (service->annotation("prometheus.io/scrape") == "true") return true;
    if (any_monitor(model, Kind::kServiceMonitor, workload.ns, strings_of(service->labels()))) return true;
  }
  return false;
}

json metadata(const Workload& workload) { return {{"name", workload.name + "-spans"}, {"namespace", workload.ns}}; }

json pod_monitor(const Workload& workload) {
  auto labels = match_labels(object_member(workload.object->value, {"spec", "selector"}));
  if (labels.empty()) labels = workload.labels;
  return {{"apiVersion", "monitoring.coreos.com/v1"},
          {"kind", "PodMonitor"},
          {"metadata", metadata(workload)},
          {"spec",
           {{"selector", {{"matchLabels", labels}}},
            {"podMetricsEndpoints", json::array({{{"targetPort", kMetricsPort}}})}}}};
}

json alert(const char* name, const char* expression, const char* summary) {
  return {{"alert", name},
          {"expr", expression},
          {"for", "5m"},
          {"labels", {{"severity", "warning"}}},
          {"annotations", {{"summary", summary}}}};
}

json prometheus_rule(const Workload& workload) {
  const json rules = json::array(
      {alert(
           "CollectorDropsSpans",
           "sum by (namespace, pod, __name__) (rate({__name__=~\"otelcol_(exporter_send_failed|exporter_enqueue_failed|"
           "receiver_refused|receiver_failed)_spans(_total)?\"}[5m])) > 0",
           "The collector refuses or drops spans: traces have gaps."),
       alert("SdkDropsSpans",
             "sum by (namespace, pod) (rate({__name__=~\"otel_sdk_processor_span_processed(_total)?\", "
             "error_type=\"queue_full\"}[5m])) > 0",
             "An application's span queue is full: traces have gaps.")});
  return {{"apiVersion", "monitoring.coreos.com/v1"},
          {"kind", "PrometheusRule"},
          {"metadata", metadata(workload)},
          {"spec", {{"groups", json::array({{{"name", "spans"}, {"rules", rules}}})}}}};
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (!model.snapshot.knows(Kind::kServiceMonitor) && !model.snapshot.knows(Kind::kPodMonitor)) return;
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || !is_collector(*workload) || is_scraped(model, *workload)) return;
  findings.add(
      subject,
      "Nobody sees when spans are dropped: no ServiceMonitor, PodMonitor or prometheus.io annotation selects this "
      "collector.",
      {.field = workload->template_field,
       .fix = apply_command(std::vector<json>{pod_monitor(*workload), prometheus_rule(*workload)})});
}

}  // namespace

const Check kUnscrapedMetrics{
    .code = "MT1002",
    .severity = Severity::kInfo,
    .title = "nobody scrapes the metrics of dropped spans",
    .effect = "Traces have gaps under load, and nothing says that spans were dropped.",
    .page = R"(The collector counts what it refuses and fails to send (`otelcol_receiver_refused_spans`,
`otelcol_exporter_send_failed_spans`, `otelcol_exporter_enqueue_failed_spans`) and serves it on port 8888; SDKs count
what their batch processor drops for a full queue (`otel.sdk.processor.span.processed` with `error.type`
`queue_full`).

The fix makes a PodMonitor and a PrometheusRule with an alert for each. Recent collectors serve their metrics on
localhost unless `service.telemetry.metrics` says otherwise: set its address to `0.0.0.0`.

Reported for workloads whose image is the collector's, where ServiceMonitors or PodMonitors are known; a monitor with
matchExpressions counts as selecting.

Sources: OpenTelemetry Collector, "Internal telemetry"; OpenTelemetry semantic conventions, "SDK metrics".)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kService, Kind::kServiceMonitor, Kind::kPodMonitor},
    .run = run,
};

}  // namespace meshtrace::audit
