// Which trace formats an application reads and writes, by its variables, and which hops join two that have none in
// common. Shared by the checks of group 03 and MT0709.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/checks/environment.h"
#include "core/audit/checks/mesh_settings.h"

namespace meshtrace::audit {

inline constexpr std::string_view kPropagators = "OTEL_PROPAGATORS";

// One name of OTEL_PROPAGATORS.
struct PropagatorName {
  std::string text;
  bool known = false;      // OpenTelemetry names it
  std::string_view meant;  // of an unknown one: the name that it is near to; empty: none, so it is somebody's own
};
std::vector<PropagatorName> read_propagators(std::string_view list);
bool has_propagator(const std::vector<PropagatorName>& names, std::string_view name);

// Which of traceparent's and b3's names come first and last in a list; empty unless it has both.
struct BothFormats {
  std::string_view first;
  std::string_view last;
};
std::optional<BothFormats> both_formats(const std::vector<PropagatorName>& names);

// Names of formats: "W3C", "B3", "Jaeger", "X-Ray", "OpenTracing", "Datadog".
using Formats = std::set<std::string_view>;
struct Spoken {
  Formats reads;
  Formats writes;
};

// Of Datadog's variables; nothing where there is none of them.
std::optional<Spoken> datadog_styles(const Container& container);

// The command that adds tracecontext to every variable of them that lacks it.
std::string datadog_with_w3c(const Workload& workload, const Container& container);

// Of one container; nothing where no variable says that an SDK is there, or where one comes from a source that is not
// known.
std::optional<Spoken> spoken_by(const Model& model, const Workload& workload, const Container& container);
// Of all its containers together.
std::optional<Spoken> spoken_by(const Model& model, const Workload& workload);

// Whether the proxy beside the workload traces in B3 alone.
bool proxy_speaks_b3_only(const Model& model, const Workload& workload);

// A hop between two workloads of which the receiver reads nothing that the sender writes.
struct MixedHop {
  const PathEdge* edge = nullptr;
  Formats written;
  Formats read;
};
// Those of which this workload is the one to edit: it does not speak W3C, or neither does and it is the sender.
std::vector<MixedHop> mixed_hops(const Model& model, const Workload& workload);

// "W3C and B3"; "nothing" for none.
std::string list_formats(const Formats& formats);

// "Node.js", …; "an unknown language".
std::string_view name_of(Language language);

// What formats depend on besides the workloads: paths and the proxies' tracing.
inline const Kinds kFormatInputs = kWorkloadInputs | kPathKinds | kMeshKinds;

}  // namespace meshtrace::audit
