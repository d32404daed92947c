#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/sampling.h"
#include "core/audit/fix.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr double kAll = 100;

// The Telemetry of the root namespace that holds for the whole mesh; null for none.
const Object* mesh_telemetry(const Snapshot& snapshot) {
  for (const ObjectPointer& telemetry : snapshot.in(Kind::kTelemetry, snapshot.root_namespace())) {
    const json& spec = telemetry->spec();
    if (!spec.contains("selector") && !spec.contains("targetRef") && !spec.contains("targetRefs"))
      return telemetry.get();
  }
  return nullptr;
}

// The percentage stated where tracing is: in the Telemetry, or by one for the whole mesh where only the mesh's own
// configuration turns tracing on.
std::string fix_of(const Model& model, const Tracing& tracing) {
  if (tracing.from != nullptr) return patch_command(*tracing.from, set_percentage(*tracing.from, kAll));
  const json entries = json::array({{{"randomSamplingPercentage", percentage_value(kAll)}}});
  if (const Object* standing = mesh_telemetry(model.snapshot)) {
    return patch_command(*standing, add_field(*standing, "spec.tracing", entries));
  }
  return apply_command(json{{"apiVersion", "telemetry.istio.io/v1"},
                            {"kind", "Telemetry"},
                            {"metadata", {{"name", "mesh-default"}, {"namespace", model.snapshot.root_namespace()}}},
                            {"spec", {{"tracing", entries}}}});
}

bool follows_its_parent(const Model& model, const Workload& workload) {
  const auto containers = sdk_containers(workload);
  return std::any_of(containers.begin(), containers.end(), [&](const Container* container) {
    const auto sampler = sampler_of(model, workload, *container);
    return sampler && sampler->is_parent_based;
  });
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || workload->is_gateway || !follows_its_parent(model, *workload)) return;
  const auto decision = proxy_decision(model, *workload);
  if (!decision || decision->sampling_percentage || controller_will_decide(model, *workload)) return;
  const Object* object = percentage_object(model, *workload, *decision);
  if (object == nullptr) return;
  findings.add(*object,
               fmt::format("Of 100 requests 99 leave no trace: proxies trace by {} at Istio's default of 1 %, send "
                           "traceparent with -00 for all others, and SDKs that follow their parent are silent then.",
                           decision->provider.empty() ? "the mesh's tracer" : policy::in_quotes(decision->provider)),
               {.field = object->kind == Kind::kTelemetry ? "spec.tracing" : "", .fix = fix_of(model, *decision)});
}

}  // namespace

const Check kDefaultSampling{
    .code = "MT0402",
    .severity = Severity::kWarning,
    .title = "Istio's default of 1 % beside SDKs that follow their parent",
    .effect = "About 99 of 100 traces are missing, those of the applications, too.",
    .page = R"(Where nobody states a percentage, Istio samples 1 % of the requests (`PILOT_TRACE_SAMPLING`); a
Telemetry that names a provider and no percentage means 1, too. Requests that are not sampled still get a
`traceparent`, with the flag 00. An OpenTelemetry SDK with a parent-based sampler (the default) obeys that flag: the
whole application is silent.

State the percentage: `randomSamplingPercentage` in the Telemetry. The fix sets 100; where that is too much for your
backend, set less at the gateways and keep 100 inside (MT0401). Or let the SDKs decide: a policy with `sampling:
{owner: SDK, percentage: 10}`.

Limits: PILOT_TRACE_SAMPLING in istiod's own environment is not read.

Sources: Istio, `MeshConfig`, "Telemetry API"; run with istiod 1.31.1.)",
    .subjects = kWorkloadKinds,
    .reads = kSamplingInputs,
    .run = run,
};

}  // namespace meshtrace::audit
