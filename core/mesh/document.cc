#include "core/mesh/document.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/mesh/plan.h"
#include "core/mesh/shape.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

constexpr std::string_view kNamePrefix = "meshtrace-";
constexpr std::size_t kMaxName = 253;  // characters of an object's name (DNS subdomain)

struct Kind {
  std::string_view name;
  const char* api_version;
};
// v1alpha3 and v1alpha1 are what every supported Istio serves.
constexpr std::array<Kind, 2> kKinds{Kind{"EnvoyFilter", "networking.istio.io/v1alpha3"},
                                     Kind{"Telemetry", "telemetry.istio.io/v1alpha1"}};

// Whether every member of `wanted` is in `standing` with that value.
bool has_members(const json& standing, const json& wanted) {
  return standing.is_object() && std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& one) {
           const auto found = standing.find(one.key());
           return found != standing.end() && *found == one.value();
         });
}

}  // namespace

std::string document_name(const std::string& policy) {
  std::string name = std::string(kNamePrefix) + policy;
  if (name.size() <= kMaxName) return name;
  const std::string hash = hash_of(policy);
  name.resize(kMaxName - hash.size() - 1);
  // A label of a DNS name must not end in '-' or '.' before the dash that follows.
  while (name.back() == '-' || name.back() == '.') name.pop_back();
  return name + "-" + hash;
}

json make_document(const char* kind, const policy::TracingPolicy& policy, json spec) {
  const auto* known = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) { return one.name == kind; });
  json document{{"apiVersion", known->api_version},
                {"kind", kind},
                {"metadata",
                 {{"name", document_name(policy.name)},
                  {"namespace", policy.ns},
                  {"labels", {{kManagedByLabel, kManagedByValue}, {kPartOfLabel, "meshtrace"}}},
                  {"annotations", {{kPolicyAnnotation, policy.ns + "/" + policy.name}}}}},
                {"spec", std::move(spec)}};
  if (!policy.uid.empty()) {
    document["metadata"]["ownerReferences"] = json::array({{{"apiVersion", policy::kApiVersion},
                                                            {"kind", policy::kKind},
                                                            {"name", policy.name},
                                                            {"uid", policy.uid},
                                                            {"controller", true}}});
  }
  return document;
}

ObjectRef ref_of(const json& document) {
  const json* metadata = member_at(document, "metadata");
  if (metadata == nullptr) return {string_at(document, "kind"), {}, {}};
  return {string_at(document, "kind"), string_at(*metadata, "namespace"), string_at(*metadata, "name")};
}

bool is_ours(const json& object) {
  const json* metadata = member_at(object, "metadata");
  const json* labels = metadata == nullptr ? nullptr : member_at(*metadata, "labels");
  return labels != nullptr && string_at(*labels, kManagedByLabel) == kManagedByValue;
}

bool stands(const json& standing, const json& wanted) {
  if (object_at(standing, "spec") != wanted.at("spec")) return false;
  const json have = object_at(standing, "metadata");
  const json& want = wanted.at("metadata");
  if (!has_members(object_at(have, "labels"), want.at("labels"))) return false;
  if (!has_members(object_at(have, "annotations"), want.at("annotations"))) return false;
  const json owners = array_at(want, "ownerReferences");
  const json standing_owners = array_at(have, "ownerReferences");
  return std::all_of(owners.begin(), owners.end(), [&](const json& owner) {
    return std::any_of(standing_owners.begin(), standing_owners.end(),
                       [&](const json& one) { return has_members(one, owner); });
  });
}

}  // namespace meshtrace::mesh
