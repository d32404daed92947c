#include "core/policy/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/policy/check.h"
#include "core/policy/fields.h"
#include "core/policy/json_path.h"
#include "core/policy/labels.h"
#include "core/policy/metadata.h"
#include "core/policy/namespaces.h"
#include "core/policy/rules.h"
#include "core/policy/text.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;
using UnknownFields = DecodeOptions::UnknownFields;
using Names = std::vector<std::string_view>;

Names member_names(std::string_view parent) {
  Names names;
  for (const Field& field : fields()) {
    if (parent_of(field.path) == parent) names.push_back(name_of(field.path));
  }
  return names;
}

// Where a field of that name belongs, when it stands in the wrong place.
std::string right_place(std::string_view name) {
  for (const Field& field : fields()) {
    if (name_of(field.path) == name) return fmt::format("; it belongs at spec.{}", field.path);
  }
  return {};
}

void add_unknown_field(const std::string& path, std::string_view name, const Names& allowed, UnknownFields treatment,
                       Report& report) {
  Findings& findings = treatment == UnknownFields::kRefuse ? report.errors : report.warnings;
  if (findings.full()) return findings.add({}, {});
  std::string hint = did_you_mean(name, allowed);
  if (hint.empty() && path.starts_with("spec.")) hint = right_place(name);
  findings.add(path, fmt::format("Unknown field: allowed here are {}{}", quoted_list(allowed), hint));
}

// Visits the members of the object at `parent` (below spec) and returns those that are right.
json read_members(const json& object, std::string_view parent, UnknownFields treatment, Report& report) {
  const auto path_to = [&](std::string_view name) {
    return fmt::format("{}{}{}", parent, parent.empty() ? "" : ".", clipped(name, kMaxShown));
  };
  json members = json::object();
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;  // absent, as the API server has it
    const std::string path = path_to(name);
    const Field* field = name.find('.') == std::string::npos ? find_field(path) : nullptr;
    if (field == nullptr) {
      add_unknown_field("spec." + path, name, member_names(parent), treatment, report);
    } else if (field->type == Type::kObject && value.is_object()) {
      members[name] = read_members(value, path, treatment, report);
    } else if (auto checked = check_value(*field, value, "spec." + path, report.errors)) {
      members[name] = std::move(*checked);
    }
  }
  for (const Field& field : fields()) {
    if (!field.required || parent_of(field.path) != parent) continue;
    const auto member = object.find(name_of(field.path));
    if (member == object.end() || member->is_null()) {
      report.errors.add(fmt::format("spec.{}", field.path), "Required value");
    }
  }
  return members;
}

void check_root_rules(const json& spec, const TracingPolicy& policy, const DecodeOptions& options, Report& report) {
  const bool in_root = policy.ns == options.root_namespace;
  if (in_root && !policy.match_labels.empty()) {
    report.errors.add("spec.selector",
                      fmt::format("Forbidden: a policy in the mesh's root namespace ({}) holds for every workload; put "
                                  "one with a selector into the workloads' namespace",
                                  options.root_namespace));
  }
  for (const Field& field : fields()) {
    if (in_root || !field.root_only || find_at(spec, field.path) == nullptr) continue;
    report.errors.add(fmt::format("spec.{}", field.path),
                      fmt::format("Forbidden: only a policy in the mesh's root namespace ({}) may set it, because "
                                  "Envoy's lists only append and no narrower policy could undo it",
                                  options.root_namespace));
  }
  if (!in_root && is_excluded_namespace(policy.ns, options.root_namespace)) {
    report.warnings.add("metadata.namespace", fmt::format("the pods of {} are never covered: this policy does nothing",
                                                          in_quotes(policy.ns)));
  }
}

// Takes mode and selector out of the checked spec; what stays is what inherits.
void take_identity(json& spec, TracingPolicy& policy) {
  policy.mode = spec.value("mode", "Enforce") == "Audit" ? Mode::kAudit : Mode::kEnforce;
  if (const json* labels = find_at(spec, "selector.matchLabels")) {
    policy.match_labels = labels->get<std::map<std::string, std::string>>();
  }
  spec.erase("mode");
  spec.erase("selector");
}

void read_spec(const json& object, const DecodeOptions& options, TracingPolicy& policy, Report& report) {
  const auto spec = object.find("spec");
  if (spec == object.end() || spec->is_null()) return report.errors.add("spec", "Required value");
  if (!spec->is_object()) {
    return report.errors.add("spec", fmt::format("Invalid value: {}: must be an object", shown(*spec)));
  }
  policy.spec = read_members(*spec, {}, options.unknown_fields, report);
  take_identity(policy.spec, policy);
  check_rules(policy.spec, {policy.ns == options.root_namespace, options.root_namespace}, report);
  check_root_rules(policy.spec, policy, options, report);
  if (policy.spec.empty() && report.errors.empty()) {
    report.warnings.add("spec", "states nothing to inherit: none of sampling, workload and proxy");
  }
}

}  // namespace

bool is_tracing_policy(const json& object) {
  if (!object.is_object()) return false;
  const auto version = object.find("apiVersion");
  const auto kind = object.find("kind");
  if (version == object.end() || !version->is_string() || kind == object.end()) return false;
  return version->get_ref<const std::string&>().starts_with(kGroupPrefix) && *kind == kKind;
}

Decoded decode(const json& object, const DecodeOptions& options) {
  Decoded decoded;
  Report report;
  TracingPolicy policy;
  if (!object.is_object()) {
    report.errors.add("", fmt::format("{} is no Kubernetes object", shown(object)));
  } else if (check_type_meta(object, report.errors)) {
    constexpr std::array<std::string_view, 5> kTopLevel{"apiVersion", "kind", "metadata", "spec", "status"};
    const Names allowed(kTopLevel.begin(), kTopLevel.end());
    for (const auto& [name, value] : object.items()) {
      if (std::find(allowed.begin(), allowed.end(), name) != allowed.end() || value.is_null()) continue;
      add_unknown_field(std::string(clipped(name, kMaxShown)), name, allowed, options.unknown_fields, report);
    }
    read_metadata(object, options, policy, report.errors);
    read_spec(object, options, policy, report);
  }
  decoded.errors = report.errors.take();
  decoded.warnings = report.warnings.take();
  if (decoded.errors.empty()) decoded.policy = std::move(policy);
  return decoded;
}

}  // namespace meshtrace::policy
