#include "core/audit/mesh_model.h"

#include <string>
#include <utility>

#include "core/audit/mesh_revisions.h"
#include "core/audit/providers.h"
#include "core/audit/workloads.h"
#include "core/base/json.h"
#include "core/mesh/mesh_text.h"
#include "core/mesh/tracing_provider.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kProxyConfigAnnotation = "proxy.istio.io/config";
// Until then tracing to zipkin.istio-system was on without being asked for.
constexpr mesh::Version kNoDefaultTracer{1, 22, 0};
constexpr double kAll = 100;         // percent
constexpr double kIstioDefault = 1;  // percent, of PILOT_TRACE_SAMPLING

const json* tracer_of(const json& proxy_config) {
  return legacy_tracer_of(proxy_config).empty() ? nullptr : find_member(proxy_config, {"tracing"});
}

// defaultConfig.tracing.sampling as istiod takes it: 0 counts as not stated, over 100 as its default.
std::optional<double> sampling_of(const json& proxy_config) {
  const json* sampling = find_member(proxy_config, {"tracing", "sampling"});
  if (sampling == nullptr || !sampling->is_number() || *sampling == 0) return std::nullopt;
  const double percentage = sampling->get<double>();
  return percentage > kAll ? kIstioDefault : percentage;
}

// A provider of that name may be called: the first one of the list is.
void name_provider(const MeshRevision* revision, std::string name, Tracing& tracing) {
  tracing.provider_entry = revision == nullptr ? nullptr : mesh::find_provider(revision->config, name);
  tracing.provider = std::move(name);
}

void apply(const Object& telemetry, const MeshRevision* revision, Direction direction, Tracing& tracing) {
  for (const json& entry : array_member(telemetry.spec(), {"tracing"})) {
    tracing.from = &telemetry;
    if (!holds_for(entry, direction)) continue;
    const json& providers = array_member(entry, {"providers"});
    if (!providers.empty()) name_provider(revision, string_member(providers.front(), {"name"}), tracing);
    const json* disabled = find_member(entry, {"disableSpanReporting"});
    if (disabled != nullptr && disabled->is_boolean()) tracing.reporting_disabled = disabled->get<bool>();
    const json* percentage = find_member(entry, {"randomSamplingPercentage"});
    if (percentage != nullptr && percentage->is_number()) {
      tracing.sampling_percentage = percentage->get<double>();
      tracing.percentage_from = &telemetry;
    }
  }
}

bool is_false(const json& config, const char* key) {
  const json* member = find_member(config, {key});
  return member != nullptr && *member == false;
}

// Without Telemetry and default providers: the tracer of the proxy's own configuration.
void apply_legacy(const json& config, const json& proxy_config, const std::optional<mesh::Version>& istio,
                  Tracing& tracing) {
  tracing.is_legacy = true;
  tracing.provider_entry = tracer_of(proxy_config);
  const bool has_default = istio && *istio < kNoDefaultTracer;
  tracing.enabled = !is_false(config, "enableTracing") && (tracing.provider_entry != nullptr || has_default);
}

// Where the mesh is not known a name is taken to be one of its providers.
bool resolves(const MeshRevision* revision, const std::optional<mesh::Version>& istio, const Tracing& tracing) {
  if (tracing.provider.empty()) return false;
  if (revision == nullptr || !revision->readable) return true;
  return has_tracer(kind_of_named(revision->config, tracing.provider), istio);
}

Tracing compute(const MeshRevision* revision, const std::vector<const Object*>& telemetries, const json& proxy_config,
                const std::optional<mesh::Version>& istio, Direction direction) {
  static const json kNone = json::object();
  const json& config = revision == nullptr ? kNone : revision->config;
  Tracing tracing;
  const json& defaults = array_member(config, {"defaultProviders", "tracing"});
  if (!defaults.empty() && defaults.front().is_string()) {
    name_provider(revision, defaults.front().get<std::string>(), tracing);
  }
  for (const Object* telemetry : telemetries) apply(*telemetry, revision, direction, tracing);
  if (tracing.from == nullptr && defaults.empty()) {
    apply_legacy(config, proxy_config, istio, tracing);
  } else {
    tracing.enabled = !tracing.reporting_disabled && resolves(revision, istio, tracing);
  }
  return tracing;
}

json annotated_config(const std::map<std::string, std::string>& annotations) {
  const auto annotation = annotations.find(kProxyConfigAnnotation);
  if (annotation == annotations.end()) return json::object();
  const auto config = mesh::read_mesh_text(kProxyConfigAnnotation, annotation->second);
  return config ? *config : json::object();
}

}  // namespace

MeshModel::MeshModel(const Snapshot& snapshot)
    : snapshot_(snapshot),
      revisions_(read_revisions(snapshot)),
      tags_(read_revision_tags(snapshot)),
      telemetries_(snapshot),
      istio_(istio_version_of(snapshot)) {}

const MeshRevision* MeshModel::revision_of(std::string_view ns,
                                           const std::map<std::string, std::string>& pod_labels) const {
  std::string name;
  if (const auto label = pod_labels.find(kRevisionLabel); label != pod_labels.end()) name = label->second;
  const Object* ns_object = name.empty() ? snapshot_.find(Kind::kNamespace, "", ns) : nullptr;
  if (ns_object != nullptr) name = ns_object->label(kRevisionLabel);
  if (name.empty()) name = kDefaultRevision;
  if (const auto tag = tags_.find(name); tag != tags_.end()) name = tag->second;
  for (const MeshRevision& revision : revisions_) {
    if (revision.name == name) return &revision;
  }
  // A mesh whose only control plane has a revision: nobody else could serve the workload.
  return name == kDefaultRevision && revisions_.size() == 1 ? &revisions_.front() : nullptr;
}

Tracing MeshModel::tracing(std::string_view ns, const std::map<std::string, std::string>& pod_labels,
                           Direction direction) const {
  const MeshRevision* revision = revision_of(ns, pod_labels);
  static const json kNone = json::object();
  const json& proxy_config = revision == nullptr ? kNone : object_member(revision->config, {"defaultConfig"});
  const std::string_view name = revision == nullptr ? kDefaultRevision : std::string_view(revision->name);
  Tracing tracing = compute(revision, telemetries_.applying(ns, pod_labels, name), proxy_config, istio_, direction);
  if (!tracing.sampling_percentage) {
    tracing.sampling_percentage = sampling_of(proxy_config);
    if (tracing.sampling_percentage) tracing.percentage_from = revision->object;
  }
  return tracing;
}

Tracing MeshModel::tracing(const Workload& workload, Direction direction) const {
  Tracing tracing = this->tracing(workload.ns, workload.labels, direction);
  const json proxy_config = annotated_config(workload.annotations);
  const bool by_telemetry = tracing.percentage_from != nullptr && tracing.percentage_from->kind == Kind::kTelemetry;
  if (const auto sampling = sampling_of(proxy_config); sampling && !by_telemetry) {
    tracing.sampling_percentage = sampling;
    tracing.percentage_from = workload.object;
  }
  const MeshRevision* revision = revision_of(workload.ns, workload.labels);
  const bool is_on = revision == nullptr || !is_false(revision->config, "enableTracing");
  if (tracing.is_legacy && is_on && tracer_of(proxy_config) != nullptr) tracing.enabled = true;
  return tracing;
}

}  // namespace meshtrace::audit
