#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/mesh/image.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using mesh::Version;

constexpr Version kOldestIstio{1, 14, 0};
constexpr Version kOldestEnvoy{1, 22, 0};
constexpr Version kOldestLinkerd{2, 11, 0};
// Linkerd's weekly releases are named by year and month; stable 2.11.0 is of September 2021.
constexpr Version kOldestLinkerdEdge{21, 9, 0};

constexpr const char* kLinkerdVersionAnnotation = "linkerd.io/proxy-version";

struct Program {
  std::string_view image;  // the last part of its name
  std::string_view title;
  Version oldest;
};
constexpr std::array kPrograms{
    Program{"proxyv2", "Istio", kOldestIstio},
    Program{"pilot", "Istio", kOldestIstio},
    Program{"envoy", "Envoy", kOldestEnvoy},
};

// "stable-2.10.2", "edge-21.8.4", "enterprise-2.15.1".
bool is_old_linkerd(std::string_view version) {
  const auto dash = version.find('-');
  const std::string_view channel = dash == std::string_view::npos ? std::string_view() : version.substr(0, dash);
  const auto number = mesh::parse_version(version.substr(dash + 1));
  return number && *number < (channel == "edge" ? kOldestLinkerdEdge : kOldestLinkerd);
}

struct Old {
  std::string what;   // "Istio 1.12.3"
  std::string since;  // "1.14"
  std::string field;
};

std::string since(const Version& version) { return fmt::format("{}.{}", version.major, version.minor); }

std::optional<Old> look_at(const Container& container) {
  const std::string_view name = mesh::name_of_image(container.image);
  const std::string_view tag = mesh::tag_of_image(container.image);
  if (container.name == "linkerd-proxy" && is_old_linkerd(tag)) {
    return Old{"Linkerd " + policy::in_quotes(tag), since(kOldestLinkerd), container.field + ".image"};
  }
  for (const Program& program : kPrograms) {
    const auto version = mesh::version_of_image(container.image);
    if (program.image == name && version && *version < program.oldest) {
      return Old{fmt::format("{} {}", program.title, version->text()), since(program.oldest),
                 container.field + ".image"};
    }
  }
  return std::nullopt;
}

std::optional<Old> look_at(const Workload& workload) {
  for (const Container& container : workload.containers) {
    if (auto old = look_at(container)) return old;
  }
  const auto annotation = workload.annotations.find(kLinkerdVersionAnnotation);
  if (annotation == workload.annotations.end() || !is_old_linkerd(annotation->second)) return std::nullopt;
  const std::string parent = workload.template_field.empty() ? "" : workload.template_field + ".";
  return Old{"Linkerd " + policy::in_quotes(annotation->second), since(kOldestLinkerd),
             fmt::format("{}metadata.annotations[{}]", parent, kLinkerdVersionAnnotation)};
}

void add(const Object& subject, const Old& old, Findings& findings) {
  findings.add(
      subject,
      fmt::format("Traces are likely to break at this proxy, and what meshtrace says and writes does not hold for "
                  "it: {} is older than {}.",
                  old.what, old.since),
      {.field = old.field,
       .fix = "Upgrade it to a release that is maintained, then restart the workloads, so that they get the new "
              "proxy."});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (kMeshHolders.has(subject.kind)) {
    // By --istio-version, or an installer's word, where no image shows it.
    const MeshRevision* mesh = mesh_of(model, subject);
    const auto& istio = model.mesh.istio();
    if (mesh == nullptr || !istio || *istio >= kOldestIstio) return;
    const auto workloads = model.workloads.all();
    const bool is_shown = std::any_of(workloads.begin(), workloads.end(),
                                      [](const Workload& workload) { return look_at(workload).has_value(); });
    if (!is_shown) add(subject, {"Istio " + istio->text(), since(kOldestIstio), ""}, findings);
    return;
  }
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  if (const auto old = look_at(*workload)) add(subject, *old, findings);
}

}  // namespace

const Check kOldVersion{
    .code = "MT0901",
    .severity = Severity::kWarning,
    .title = "mesh older than what traces need",
    .effect = "Contexts in W3C format are not passed on or not understood, and settings are ignored without a word.",
    .page =
        R"(A proxy or control plane is Istio under 1.14, Envoy under 1.22 or Linkerd under 2.11, by the tag of its image, the
annotation `linkerd.io/proxy-version` or `--istio-version`. These have been without fixes for years; their proxies know no
OpenTelemetry tracer and fewer log operators, and accept most of what is configured for newer ones without doing it.
meshtrace's other checks and its controller reckon with 1.14 and later.

Upgrade release by release (Istio supports one or two minor versions at a step), and restart the workloads: a pod keeps
its proxy until then.

Limits: tags that are no version (`latest`, a digest alone) tell nothing.

Sources: Istio, "Supported releases"; Envoy, release schedule; Linkerd, "Releases and versions".)",
    .subjects = kMeshHolders | kWorkloadKinds,
    .reads = kMeshKinds | kWorkloadKinds,
    .run = run,
};

}  // namespace meshtrace::audit
