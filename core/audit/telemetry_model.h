// Telemetry objects as istiod takes them: which one holds for a namespace, and which ones for a workload, in the order
// in which they are merged.
// Source: Istio, pilot/pkg/model/telemetry.go and policyattachment.go.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/snapshot.h"

namespace meshtrace::audit {

// A gateway is a client of what is behind it.
enum class Direction { kClient, kServer };

// Whether an entry of spec.tracing or spec.accessLogging speaks of that direction, by its match.mode.
bool holds_for(const nlohmann::json& entry, Direction direction);

// spec.selector.matchLabels; empty: none.
std::map<std::string, std::string> selector_of(const Object& object);

// spec.targetRefs, or the older spec.targetRef as a list of one.
struct TargetRefs {
  std::vector<const nlohmann::json*> refs;
  bool is_list = true;  // false: spec.targetRef
};
TargetRefs target_refs_of(const Object& object);

class TelemetryIndex {
 public:
  explicit TelemetryIndex(const Snapshot& snapshot);

  // Without selector and targetRefs the oldest, of equal age the first by name; one without creationTimestamp is not
  // created yet and so the youngest. Null for none. A Telemetry with the label istio.io/rev exists for that revision
  // alone.
  [[nodiscard]] const Object* of_namespace(std::string_view ns, std::string_view revision) const;

  // Everything that holds for a proxy, the widest first: what comes later overrides what came before.
  [[nodiscard]] std::vector<const Object*> applying(std::string_view ns,
                                                    const std::map<std::string, std::string>& pod_labels,
                                                    std::string_view revision) const;

 private:
  struct Entry {
    const Object* object = nullptr;
    std::map<std::string, std::string> match_labels;
    bool has_targets = false;
    [[nodiscard]] bool is_namespace_wide() const { return match_labels.empty() && !has_targets; }
  };
  // Entries by age. A workload is asked for those that may hold for it alone: many that select others cost nothing.
  struct Namespace {
    std::vector<Entry> entries;
    std::vector<std::size_t> wide;                                                     // in `entries`
    std::vector<std::size_t> targeted;                                                 // by targetRefs
    std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> by_label;  // the selector's first one
  };

  static Namespace make_namespace(std::vector<Entry> entries);
  [[nodiscard]] bool attaches(const Entry& entry, std::string_view ns,
                              const std::map<std::string, std::string>& pod_labels) const;

  std::string root_namespace_;
  std::map<std::string, Namespace, std::less<>> namespaces_;
};

}  // namespace meshtrace::audit
