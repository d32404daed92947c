// The objects that should stand at this step: a Telemetry and an EnvoyFilter for each scope that needs one, in an order
// in which no moment is worse than the one before.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/mesh/intent.h"
#include "core/mesh/world.h"

namespace meshtrace::mesh {

class DocumentPlanner {
 public:
  // The world must outlive the object.
  explicit DocumentPlanner(const World& world) : world_(world) {}

  // Whether the scope's Telemetry may be written at all; where not, the intent gets the problem. To be asked before the
  // texts are planned: a provider that no Telemetry will name has no place there.
  void settle_telemetry(Intent& intent);

  void add(Intent& intent);

  // Sorted by kind, namespace, name: EnvoyFilters first, as sampling wants it.
  [[nodiscard]] std::vector<nlohmann::json> documents() const;
  // Ours that stand, but no longer should; Telemetries first.
  [[nodiscard]] std::vector<ObjectRef> obsolete() const;
  [[nodiscard]] const std::map<PolicyKey, std::vector<Target>>& targets() const { return targets_; }

 private:
  enum class Telemetry { kNone, kOurs, kTheirs, kImpossible };

  [[nodiscard]] nlohmann::json full_spec(const Intent& intent) const;
  [[nodiscard]] nlohmann::json spec_now(const Intent& intent, bool filter_stands) const;
  [[nodiscard]] nlohmann::json standing_logging(const Intent& intent) const;
  bool add_envoy_filter(Intent& intent);
  void add_document(Intent& intent, const char* kind, nlohmann::json spec);
  bool refuse(Intent& intent, const char* kind, const nlohmann::json& spec);
  bool is_served(Intent& intent, const char* kind);
  [[nodiscard]] bool provider_is_refused(const Intent& intent) const;

  const World& world_;
  std::map<PolicyKey, Telemetry> telemetry_;
  std::map<ObjectRef, nlohmann::json> documents_;
  std::set<ObjectRef> left_alone_;  // Reverted: neither written nor deleted
  std::map<PolicyKey, std::vector<Target>> targets_;
};

}  // namespace meshtrace::mesh
