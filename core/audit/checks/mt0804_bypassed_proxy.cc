#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/model.h"

namespace meshtrace::audit {
namespace {

bool is_meshed(const PathNode* node) {
  return node != nullptr && (node->kind == PathNode::Kind::kGateway || node->mesh != MeshMode::kNone);
}

// Instrumented pods carry the context themselves; without a proxy that is all there is.
bool has_sdk(const Workload& workload) {
  return std::any_of(workload.containers.begin(), workload.containers.end(), [](const Container& container) {
    return !container.is_proxy &&
           std::any_of(container.env.begin(), container.env.end(),
                       [](const EnvVariable& variable) { return variable.name.starts_with("OTEL_"); });
  });
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || workload->mesh != MeshMode::kNone || workload->is_gateway) return;
  // Whether a template's pods get a sidecar is up to the Namespace's labels.
  const bool is_known = workload->host_network || workload->is_running() ||
                        model.snapshot.find(Kind::kNamespace, "", workload->ns) != nullptr;
  if (!is_known) return;
  const PathEdge* in = nullptr;
  const PathEdge* out = nullptr;
  for (const PathEdge* edge : model.paths.into(workload->id())) {
    if (in == nullptr && is_meshed(model.paths.find(edge->from))) in = edge;
  }
  for (const PathEdge* edge : model.paths.out_of(workload->id())) {
    if (out == nullptr && is_meshed(model.paths.find(edge->to))) out = edge;
  }
  if (in == nullptr || out == nullptr) return;
  const Hop hop{in->from, in->to};
  const char* why =
      workload->host_network ? "runs in the host's network, where no sidecar can be" : "is not in the mesh";
  findings.add(
      subject,
      fmt::format("{} {} but stands between meshed workloads ({}, then {}): no proxy makes a span for it or logs its "
                  "traceparent{}.",
                  workload->id(), why, name_of_hop(model.paths, hop), name_of_hop(model.paths, {out->from, out->to}),
                  has_sdk(*workload) ? "; only its own SDK is seen" : ""),
      {.field = workload->template_field.empty() ? "spec" : workload->template_field,
       .fix = workload->host_network
                  ? "Take hostNetwork out of the pod, or make sure that its own SDK traces and passes the context on."
                  : "Label its Namespace for injection (istio-injection: enabled) and restart it, or make sure that "
                    "its own SDK traces and passes the context on.",
       .hop = hop,
       .severity = has_sdk(*workload) ? Severity::kInfo : Severity::kWarning});
}

}  // namespace

const Check kBypassedProxy{
    .code = "MT0804",
    .severity = Severity::kWarning,
    .title = "pod without a proxy between meshed ones",
    .effect = "The hop is missing from traces, or the trace breaks there, unless the application carries the context.",
    .page =
        R"(Requests come to this workload from a gateway or a meshed workload and go on to a meshed one, but it has no proxy
itself: it runs in the host's network (`hostNetwork: true`, which no injection touches), or in a Namespace or with a label
that keeps it out of the mesh. Proxies before and behind it make spans; for this one there is only what its own SDK does (info where
variables show that it has one).

Which workload calls which is told by its variables and arguments (`http://reviews:9080`), so that nothing is told of calls
that stand elsewhere.

Sources: Istio, "Installing the Sidecar"; Kubernetes, "Host namespaces".)",
    .subjects = kWorkloadKinds,
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
