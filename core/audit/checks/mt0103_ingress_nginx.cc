#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/nginx_writes.h"
#include "core/audit/checks/trace_headers.h"
#include "core/audit/fix.h"
#include "core/audit/ingress_class.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kPrefix = "nginx.ingress.kubernetes.io/";
constexpr const char* kEnable = "enable-opentelemetry";
constexpr const char* kTrust = "opentelemetry-trust-incoming-span";
constexpr const char* kSetHeaders = "proxy-set-headers";
constexpr std::array<const char*, 2> kIngressSnippets{"configuration-snippet", "server-snippet"};
constexpr std::array<const char*, 3> kControllerSnippets{"http-snippet", "server-snippet", "location-snippet"};

std::string data(const Object& config_map, const char* key) { return string_member(config_map.value, {"data", key}); }

// A controller's ConfigMap has no mark of its own: the chart's labels, or a key that nothing else has.
bool is_controller_config(const Object& config_map) {
  return config_map.label("app.kubernetes.io/name") == "ingress-nginx" || !data(config_map, kSetHeaders).empty() ||
         !data(config_map, kEnable).empty();
}

bool controller_traces(const Snapshot& snapshot) {
  const auto config_maps = snapshot.all(Kind::kConfigMap);
  return std::any_of(config_maps.begin(), config_maps.end(), [](const ObjectPointer& config_map) {
    return is_controller_config(*config_map) && data(*config_map, kEnable) == "true";
  });
}

// The ConfigMap whose entries a controller's proxy-set-headers makes headers of.
bool holds_headers(const Snapshot& snapshot, const Object& config_map) {
  const std::string name = config_map.ref.ns + "/" + config_map.ref.name;
  const auto config_maps = snapshot.all(Kind::kConfigMap);
  return std::any_of(config_maps.begin(), config_maps.end(),
                     [&](const ObjectPointer& other) { return data(*other, kSetHeaders) == name; });
}

void report_writes(const Model& model, const Object& by, const std::vector<HeaderChange>& changes, std::string fix,
                   const std::string& who, Findings& findings) {
  std::vector<HeaderChange> known = changes;
  std::erase_if(known, [](const HeaderChange& change) { return is_underscored(change.header); });
  for (const HeaderChange& change : changes) {
    if (!is_underscored(change.header)) continue;
    findings.add(by,
                 fmt::format("{} sends the trace in a header named {}. nginx drops names with underscores where it "
                             "receives them, and no tracer reads this one: traces end here.",
                             who, policy::in_quotes(change.header)),
                 {.field = change.field,
                  .fix = fmt::format("In {} of {}, write the header's name with hyphens as its format has it.",
                                     change.field, by.ref.title()),
                  .severity = Severity::kWarning});
  }
  if (known.empty()) return;
  const Consequence consequence = consequence_of(model, known, {});
  findings.add(by, fmt::format("{} {} on requests that come in. {}.", who, deeds_of(known), consequence.text),
               {.field = known.front().field, .fix = std::move(fix), .severity = consequence.severity});
}

void report_restart(const Object& by, const std::string& field, Findings& findings) {
  findings.add(
      by,
      "ingress-nginx traces and does not trust the span that a request comes with: every trace of a caller "
      "outside ends at the edge and another one begins there.",
      {.field = field, .fix = patch_command(by, replace_field(by, field, "true")), .severity = Severity::kWarning});
}

std::string snippet_advice(const Object& by, const std::string& field) {
  return fmt::format(
      "In {} of {}, take out the directives for trace headers, or pass them on: proxy_set_header "
      "traceparent $http_traceparent;",
      field, by.ref.title());
}

void check_ingress(const Model& model, const Object& ingress, Findings& findings) {
  if (controller_of(model.snapshot, ingress) != IngressController::kIngressNginx) return;
  for (const char* name : kIngressSnippets) {
    const std::string key = std::string(kPrefix) + name;
    const std::string field = fmt::format("metadata.annotations[{}]", key);
    report_writes(model, ingress, snippet_writes(ingress, ingress.annotation(key.c_str()), field),
                  snippet_advice(ingress, field), "The snippet of this Ingress", findings);
  }
  const std::string trust = std::string(kPrefix) + kTrust;
  const std::string wish = ingress.annotation((std::string(kPrefix) + kEnable).c_str());
  const bool traces = wish == "true" || (wish.empty() && controller_traces(model.snapshot));
  if (traces && ingress.annotation(trust.c_str()) == "false") {
    report_restart(ingress, fmt::format("metadata.annotations[{}]", trust), findings);
  }
}

void check_config_map(const Model& model, const Object& config_map, Findings& findings) {
  const std::vector<HeaderChange> changes = header_map_writes(config_map);
  if (!changes.empty() && holds_headers(model.snapshot, config_map)) {
    std::vector<json> operations;
    for (const HeaderChange& change : changes) {
      for (json& operation : remove_field(config_map, change.field)) operations.push_back(std::move(operation));
    }
    report_writes(model, config_map, changes, patch_command(config_map, operations),
                  "ingress-nginx, by proxy-set-headers,", findings);
  }
  if (!is_controller_config(config_map)) return;
  for (const char* key : kControllerSnippets) {
    const std::string field = fmt::format("data[{}]", key);
    report_writes(model, config_map, snippet_writes(config_map, data(config_map, key), field),
                  snippet_advice(config_map, field), "The snippet of the controller", findings);
  }
  if (data(config_map, kEnable) == "true" && data(config_map, kTrust) == "false") {
    report_restart(config_map, fmt::format("data[{}]", kTrust), findings);
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  subject.kind == Kind::kIngress ? check_ingress(model, subject, findings) : check_config_map(model, subject, findings);
}

}  // namespace

const Check kIngressNginx{
    .code = "MT0103",
    .severity = Severity::kError,
    .title = "ingress-nginx removes, overwrites or restarts the trace",
    .effect = "Traces of callers outside end at the ingress.",
    .page = R"(ingress-nginx passes trace headers on as they come, unless it is told otherwise:

- `configuration-snippet`, `server-snippet` of an Ingress, or the controller's snippets, with `proxy_set_header traceparent ""`
  (an empty value removes), a fixed value, or `more_clear_input_headers`. A variable as the value passes something on and is
  no finding.
- the ConfigMap that the controller's `proxy-set-headers` names, likewise.
- `opentelemetry-trust-incoming-span: "false"` while OpenTelemetry is enabled, for the controller or by the Ingress's
  annotation: nginx begins a new trace for each request. At a public edge that can be meant (nobody outside then decides
  what is sampled): suppress it there with `meshtrace.io/ignore: MT0103`.
- names with underscores (`trace_parent`, `x_b3_traceid`): nginx drops them on arrival unless `enable-underscores-in-headers`
  is on, and no tracer reads them.

A controller's ConfigMap is known by the label `app.kubernetes.io/name: ingress-nginx` or by these keys.

Sources: ingress-nginx, "ConfigMap", "Annotations" and "OpenTelemetry"; nginx, `proxy_set_header`.)",
    .subjects = {Kind::kIngress, Kind::kConfigMap},
    .reads = {Kind::kIngressClass, Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
