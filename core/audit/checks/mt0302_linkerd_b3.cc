#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/mesh/version.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// The stable release whose proxy is the first to read traceparent (linkerd2-proxy#2179, February 2023).
constexpr mesh::Version kFirstWithW3c{2, 13, 0};
// Edge releases are named by year, month and number; this is the first of that month.
constexpr mesh::Version kFirstEdgeWithW3c{23, 2, 1};

// "stable-2.12.4", "edge-23.1.2", "2.12.4" of an image or an annotation; nothing for what is newer, or cannot be read.
std::optional<std::string> old_version(std::string text) {
  constexpr std::string_view kStable = "stable-";
  constexpr std::string_view kEdge = "edge-";
  const bool is_edge = text.starts_with(kEdge);
  const std::string_view prefix = is_edge ? kEdge : text.starts_with(kStable) ? kStable : std::string_view();
  const auto version = mesh::parse_version(std::string_view(text).substr(prefix.size()));
  if (!version) return std::nullopt;
  // Since 2023 versions beyond 2 are dates, whatever stands before them.
  const bool is_old = version->major == 2 ? *version < kFirstWithW3c : *version < kFirstEdgeWithW3c;
  return is_old ? std::optional(std::move(text)) : std::nullopt;
}

std::string proxy_version(const Workload& workload) {
  for (const char* key : {"linkerd.io/proxy-version", "config.linkerd.io/proxy-version"}) {
    const auto found = workload.annotations.find(key);
    if (found != workload.annotations.end()) return found->second;
  }
  for (const Container& container : workload.containers) {
    if (container.name != "linkerd-proxy") continue;
    const std::size_t colon = container.image.rfind(':');
    if (colon != std::string::npos) return container.image.substr(colon + 1);
  }
  return {};
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || workload->mesh != MeshMode::kLinkerd) return;
  std::optional<std::string> version = old_version(proxy_version(*workload));
  for (const Workload* pods : model.workloads.pods_of(subject)) {
    if (!version) version = old_version(proxy_version(*pods));
  }
  const auto spoken = spoken_by(model, *workload);
  if (!version || !spoken || !spoken->reads.contains("W3C") || spoken->reads.contains("B3")) return;
  findings.add(
      subject,
      fmt::format("Linkerd's proxy {} reads and writes B3 alone, and the application beside it speaks W3C: the "
                  "proxy's spans are in other traces than the application's.",
                  policy::in_quotes(*version)),
      {.fix = "Upgrade Linkerd to 2.13 or later and restart the workload, so that its proxy reads traceparent."});
}

}  // namespace

const Check kLinkerdB3{
    .code = "MT0302",
    .severity = Severity::kWarning,
    .title = "Linkerd's proxy is older than its W3C support",
    .effect = "Spans of Linkerd's proxies and spans of the applications are in different traces.",
    .page = R"(Linkerd's proxy read B3 headers alone until linkerd2-proxy#2179 (2023, in stable releases since about
2.13). An OpenTelemetry SDK reads and writes `traceparent`. The proxy passes it on, and its own spans go elsewhere.

Upgrade Linkerd, then restart the workloads: the proxy in a running pod is the old one. Until then, applications can
speak both: `OTEL_PROPAGATORS: tracecontext,baggage,b3`, where their SDK has that propagator.

The version is read from the annotation `linkerd.io/proxy-version` of the pods, or from the proxy's image.

Sources: linkerd/linkerd2-proxy#2179; Linkerd, "Distributed tracing with Linkerd".)",
    .subjects = kWorkloadKinds,
    .reads = kFormatInputs,
    .run = run,
};

}  // namespace meshtrace::audit
