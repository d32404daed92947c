#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/sampling.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/mesh/version.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// The first Envoy that was seen to turn a caller's 01 into 00 when its own decision is negative; 1.36 keeps it.
constexpr mesh::Version kEnvoyThatCuts{1, 40, 0};
constexpr double kAll = 100;

Severity severity_for(const Model& model) {
  const bool cuts = model.mesh.istio() && mesh::envoy_of_istio(*model.mesh.istio()) >= kEnvoyThatCuts;
  return cuts ? Severity::kWarning : Severity::kInfo;
}

// A Telemetry that gives one gateway what the wider one gave it before.
json for_gateway(const Object& telemetry, const Workload& gateway) {
  json spec;
  const auto name = gateway.labels.find("gateway.networking.k8s.io/gateway-name");
  if (name != gateway.labels.end()) {
    spec["targetRefs"] = {{{"group", "gateway.networking.k8s.io"}, {"kind", "Gateway"}, {"name", name->second}}};
  } else {
    const auto istio = gateway.labels.find("istio");
    const auto label = istio != gateway.labels.end() ? istio : gateway.labels.begin();
    spec["selector"]["matchLabels"][label->first] = label->second;
  }
  spec["tracing"] = array_member(telemetry.value, {"spec", "tracing"});
  return {{"apiVersion", telemetry.ref.api_version},
          {"kind", telemetry.ref.kind},
          {"metadata", {{"name", telemetry.ref.name + "-" + gateway.name}, {"namespace", gateway.ns}}},
          {"spec", std::move(spec)}};
}

json with_all(const Object& telemetry) {
  json metadata{{"name", telemetry.ref.name}, {"namespace", telemetry.ref.ns}};
  for (const char* map : {"labels", "annotations"}) {
    if (const json* there = find_member(telemetry.value, {"metadata", map})) metadata[map] = *there;
  }
  json object{{"apiVersion", telemetry.ref.api_version}, {"kind", telemetry.ref.kind}, {"metadata", metadata}};
  object["spec"] = telemetry.spec();
  for (json& entry : object["spec"]["tracing"]) entry["randomSamplingPercentage"] = percentage_value(kAll);
  return object;
}

// Interior proxies at 100, and the gateways that the Telemetry held for as they were.
std::string fix_of(const Model& model, const Object& object, double percentage) {
  const std::string words = fmt::format(
      "Give interior proxies randomSamplingPercentage: 100, and the gateways, where the decision belongs, a Telemetry "
      "of "
      "their own with {}.",
      percentage);
  if (object.kind != Kind::kTelemetry) return words;
  std::vector<json> objects{with_all(object)};
  for (const Workload& gateway : model.workloads.all()) {
    if (!gateway.is_gateway || gateway.labels.empty()) continue;
    const auto decision = proxy_decision(model, gateway);
    if (decision && decision->percentage_from == &object) objects.push_back(for_gateway(object, gateway));
  }
  return objects.size() > 1 ? apply_command(objects) : words;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || workload->is_gateway) return;
  const auto decision = proxy_decision(model, *workload);
  if (!decision || !decision->sampling_percentage || *decision->sampling_percentage >= kAll) return;
  const bool sdk_decides = workload->policy != nullptr && workload->policy->injection.sampling &&
                           workload->policy->injection.sampling->owner == policy::SamplingOwner::kSdk;
  if (sdk_decides || controller_will_decide(model, *workload)) return;  // MT0404 says more of a policy
  const Object* object = percentage_object(model, *workload, *decision);
  if (object == nullptr) return;
  const double percentage = *decision->sampling_percentage;
  findings.add(*object,
               fmt::format("Proxies inside the mesh decide for themselves, at {}: where one decides against a request "
                           "that its caller has sampled, newer Envoys (1.40) send -00 on, and the trace ends there.",
                           percent(percentage)),
               {.field = object->kind == Kind::kTelemetry ? "spec.tracing" : "",
                .fix = fix_of(model, *object, percentage),
                .severity = severity_for(model)});
}

}  // namespace

const Check kInteriorSampling{
    .code = "MT0401",
    .severity = Severity::kInfo,
    .title = "proxies inside the mesh sample under 100 %",
    .effect = "Traces end at interior hops, more of them with every hop.",
    .page = R"(The first proxy on a request's way decides whether it is traced and says so in `traceparent` (01 or
00). Proxies behind it should follow. A percentage under 100 for them is a second decision: Envoy 1.40 turns a
caller's 01 into 00 when its own is negative, Envoy 1.36 keeps 01.

Put the percentage where requests come in (a Telemetry for the gateways), and 100 everywhere else. The fix does so
where the gateways are known. A policy with `sampling: {owner: Proxy, percentage: 10}` does the same for the whole
mesh.

It is a warning with an Istio whose proxies are Envoy 1.40 or later, else an info: nothing is lost before the upgrade.

Sources: Istio, "Telemetry API" (randomSamplingPercentage); run with Envoy 1.36.2 and 1.40.)",
    .subjects = kWorkloadKinds,
    .reads = kSamplingInputs,
    .run = run,
};

}  // namespace meshtrace::audit
