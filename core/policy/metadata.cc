#include "core/policy/metadata.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "core/policy/check.h"
#include "core/policy/labels.h"
#include "core/policy/text.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxNamespace = 63;  // characters: a DNS label
constexpr std::size_t kMaxOpaque = 128;    // bytes of uid and resourceVersion; the API server's are under 40

// "2026-05-01T10:00:00Z": text order is time order only in this form.
bool is_utc_second(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  return true;
}

// The string member, or empty where it is absent; an error where it is something else.
std::string string_member(const json& metadata, const char* name, Findings& errors) {
  const auto member = metadata.find(name);
  if (member == metadata.end() || member->is_null()) return {};
  if (member->is_string()) return member->get<std::string>();
  errors.add(fmt::format("metadata.{}", name), fmt::format("Invalid value: {}: must be a string", shown(*member)));
  return {};
}

void check_object_name(const std::string& name, Findings& errors) {
  if (name.empty()) {
    errors.add("metadata.name", "Required value");
  } else if (!is_dns_subdomain(name)) {
    errors.add("metadata.name",
               fmt::format("Invalid value: {}: must be a lower-case DNS name, such as mesh-default", in_quotes(name)));
  }
}

void check_namespace(const std::string& ns, Findings& errors) {
  if (ns.size() <= kMaxNamespace && is_dns_subdomain(ns) && ns.find('.') == std::string::npos) return;
  errors.add("metadata.namespace", fmt::format("Invalid value: {}: must be the name of a namespace", in_quotes(ns)));
}

void read_server_fields(const json& metadata, TracingPolicy& policy, Findings& errors) {
  policy.uid = string_member(metadata, "uid", errors);
  policy.resource_version = string_member(metadata, "resourceVersion", errors);
  for (const auto& [name, text] : {std::pair{"uid", &policy.uid}, {"resourceVersion", &policy.resource_version}}) {
    if (text->size() > kMaxOpaque) errors.add(fmt::format("metadata.{}", name), "Too long");
  }
  policy.creation_timestamp = string_member(metadata, "creationTimestamp", errors);
  if (!policy.creation_timestamp.empty() && !is_utc_second(policy.creation_timestamp)) {
    errors.add("metadata.creationTimestamp",
               fmt::format("Invalid value: {}: must be a time as the API server writes it, such as "
                           "2026-05-01T10:00:00Z, or left out",
                           in_quotes(policy.creation_timestamp)));
  }
  policy.deleting = !string_member(metadata, "deletionTimestamp", errors).empty();
  const auto generation = metadata.find("generation");
  if (generation != metadata.end() && generation->is_number_integer())
    policy.generation = generation->get<std::int64_t>();
}

}  // namespace

bool check_type_meta(const json& object, Findings& errors) {
  const std::size_t before = errors.size();
  const auto kind = object.find("kind");
  if (kind == object.end()) {
    errors.add("kind", fmt::format("Required value: {}", kKind));
  } else if (*kind != kKind) {
    errors.add("kind", fmt::format("Unsupported value: {}: must be {}", shown(*kind), kKind));
  }
  const auto version = object.find("apiVersion");
  if (version == object.end()) {
    errors.add("apiVersion", fmt::format("Required value: {}", kApiVersion));
  } else if (*version != kApiVersion) {
    constexpr std::array<std::string_view, 1> kVersions{kApiVersion};
    const bool ours = version->is_string() && version->get_ref<const std::string&>().starts_with(kGroupPrefix);
    errors.add("apiVersion", fmt::format("Unsupported value: {}: {} {}{}", shown(*version),
                                         ours ? "this version of meshtrace reads only" : "must be", kApiVersion,
                                         version->is_string() && !ours
                                             ? did_you_mean(version->get_ref<const std::string&>(), kVersions)
                                             : ""));
  }
  return errors.size() == before;
}

void read_metadata(const json& object, const DecodeOptions& options, TracingPolicy& policy, Findings& errors) {
  const auto found = object.find("metadata");
  if (found == object.end() || !found->is_object()) return errors.add("metadata", "Required value: with a name");
  policy.name = string_member(*found, "name", errors);
  check_object_name(policy.name, errors);
  policy.ns = string_member(*found, "namespace", errors);
  if (policy.ns.empty()) policy.ns = options.default_namespace;
  check_namespace(policy.ns, errors);
  read_server_fields(*found, policy, errors);
}

}  // namespace meshtrace::policy
