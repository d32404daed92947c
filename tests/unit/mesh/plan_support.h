// What the tests of the plan share: a mesh that plans are carried out in, step by step, with what must hold after every
// step and after every part of one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mesh/document.h"
#include "core/mesh/mesh_view.h"
#include "core/mesh/plan.h"
#include "core/mesh/simulate.h"
#include "core/mesh/telemetries.h"
#include "core/policy/decode.h"

namespace meshtrace::mesh::test {

using nlohmann::json;

inline constexpr const char* kRoot = "istio-system";

inline policy::TracingPolicy policy_of(std::string_view ns, std::string_view name, std::string_view spec,
                                       std::string_view created = "2026-05-01T10:00:00Z") {
  const json object{
      {"apiVersion", policy::kApiVersion},
      {"kind", policy::kKind},
      {"metadata",
       {{"name", name}, {"namespace", ns}, {"uid", "uid-of-" + std::string(name)}, {"creationTimestamp", created}}},
      {"spec", json::parse(spec)}};
  const policy::Decoded decoded = policy::decode(object, {});
  for (const auto& error : decoded.errors) ADD_FAILURE() << error.path << ": " << error.message;
  return decoded.policy.value_or(policy::TracingPolicy{});
}

inline MeshConfigMap config_map(std::optional<std::string> text, std::string name = "istio") {
  MeshConfigMap map;
  map.name = std::move(name);
  map.text = std::move(text);
  return map;
}

inline Facts facts_with(std::optional<std::string> text) {
  Facts facts;
  facts.config_maps = {config_map(std::move(text))};
  return facts;
}

inline json telemetry(std::string_view ns, std::string_view name, std::string_view spec,
                      std::string_view created = "2026-01-01T00:00:00Z") {
  return {{"apiVersion", "telemetry.istio.io/v1alpha1"},
          {"kind", "Telemetry"},
          {"metadata", {{"name", name}, {"namespace", ns}, {"creationTimestamp", created}}},
          {"spec", json::parse(spec)}};
}

// The states in which a controller may be stopped while it carries out a plan: any of its parts done, or none.
inline std::vector<Facts> parts_of(const Plan& plan, const Facts& facts) {
  std::vector<Facts> states;
  for (int parts = 0; parts < 8; ++parts) {
    Plan some = plan;
    if ((parts & 1) == 0) some.outcomes.clear();
    if ((parts & 2) == 0) some.texts.clear();
    if ((parts & 4) == 0) some.documents.clear(), some.obsolete.clear();
    states.push_back(after(some, facts));
  }
  return states;
}

// An empty list of providers is none, for Istio and for MeshView::original.
inline json without_empty_list(json mesh) {
  if (mesh.value("extensionProviders", json()).empty()) mesh.erase("extensionProviders");
  return mesh;
}

class Mesh {
 public:
  explicit Mesh(Facts start) : facts(std::move(start)) {
    for (const MeshConfigMap& map : facts.config_maps) {
      first_[map.name] = without_empty_list(read_mesh_text(map.name, map.text.value_or("")).value_or(json::object()));
    }
  }

  [[nodiscard]] Plan plan() const { return make_plan(policy::Index(policies, kRoot), facts); }

  // Carries out plans until one asks for nothing, and returns it.
  Plan settle() {
    for (int step = 0; step < kMaxSteps; ++step) {
      const Plan next = plan();
      for (const Facts& state : parts_of(next, facts)) expect_sound(state);
      const Facts before = std::exchange(facts, after(next, facts));
      if (next.texts.empty() && next.obsolete.empty() && before.recorded == facts.recorded &&
          before.telemetries == facts.telemetries && before.envoy_filters == facts.envoy_filters &&
          before.deleting == facts.deleting) {
        return next;
      }
    }
    ADD_FAILURE() << "asks for something after " << kMaxSteps << " steps";
    return plan();
  }

  void remove(std::string_view name) {
    const auto gone =
        std::find_if(policies.begin(), policies.end(), [&](const auto& policy) { return policy.name == name; });
    ASSERT_NE(gone, policies.end());
    facts.deleting.insert({gone->ns, gone->name});
    policies.erase(gone);
  }

  void remove_all() {
    while (!policies.empty()) remove(policies.front().name);
  }

  [[nodiscard]] json value(std::size_t index = 0) const {
    const auto mesh = read_mesh_text("mesh", facts.config_maps.at(index).text.value_or(""));
    return mesh ? *mesh : json(mesh.error().message());
  }

  [[nodiscard]] const json* document(std::string_view kind, std::string_view name) const {
    const auto& objects = kind == "Telemetry" ? facts.telemetries : facts.envoy_filters;
    const auto found = std::find_if(objects.begin(), objects.end(), [&](const json& object) {
      return ref_of(object).kind == kind && ref_of(object).name == name;
    });
    return found == objects.end() ? nullptr : &*found;
  }

  Facts facts;
  std::vector<policy::TracingPolicy> policies;

 private:
  // Whatever moment it is: a Telemetry of ours names no provider that is not there, and what a text has from us is
  // recorded with what stood there before.
  void expect_sound(const Facts& state) const {
    for (const json& object : state.telemetries) {
      if (!is_ours(object)) continue;
      for (const json& entry : object["spec"].value("accessLogging", json::array())) {
        for (const std::string& name : provider_names(entry)) {
          if (!name.starts_with("meshtrace-")) continue;
          const bool stands = std::any_of(state.config_maps.begin(), state.config_maps.end(), [&](const auto& map) {
            return find_entry(read_mesh_text("mesh", map.text.value_or("")).value(), {"extensionProviders", name});
          });
          EXPECT_TRUE(stands) << object["metadata"]["name"] << " names " << name << ", which is not in any text";
        }
      }
    }
    for (const MeshView& view : view_meshes(state)) {
      if (view.error) continue;
      EXPECT_EQ(without_empty_list(view.original), first_.at(view.config_map->name))
          << "not everything that is ours is recorded";
    }
  }

  std::map<std::string, json> first_;  // what the texts said before us
};

inline const Condition& condition(const Plan& plan, const PolicyKey& policy, std::string_view type) {
  static const Condition kNone;
  const auto outcome = plan.outcomes.find(policy);
  if (outcome == plan.outcomes.end()) return kNone;
  for (const Condition& one : outcome->second.conditions) {
    if (one.type == type) return one;
  }
  return kNone;
}

// "True Programmed".
inline std::string shown(const Plan& plan, const PolicyKey& policy, std::string_view type) {
  const Condition& one = condition(plan, policy, type);
  return one.status + " " + one.reason;
}

}  // namespace meshtrace::mesh::test
