#include "core/inject/admission_patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/inject/cel.h"
#include "core/policy/policy.h"
#include "core/trace/expansion.h"

namespace meshtrace::inject {
namespace {

enum class Name { kPublic, kPrivate };

// [[name, field path, public name], …], the last first: each goes to the front of the list.
std::string downward_list(const std::vector<Downward>& list, Name name) {
  std::vector<std::string> rows;
  for (auto which = list.rbegin(); which != list.rend(); ++which) {
    const DownwardVariable& variable = downward(*which);
    rows.push_back(cel::literals({std::string(name == Name::kPrivate ? variable.private_name : variable.name),
                                  std::string(variable.field_path), std::string(variable.name)}));
  }
  return cel::list(rows);
}

// With the endpoint's rows in front, where the endpoint will be set, but for those that are there anyway.
std::string with_endpoint(const std::vector<Downward>& list, std::vector<Downward> by_endpoint, Name name) {
  std::erase_if(by_endpoint, [&](Downward which) { return std::find(list.begin(), list.end(), which) != list.end(); });
  const std::string rows = downward_list(list, name);
  if (by_endpoint.empty()) return rows;
  return "((" + patch::is_taken("'OTEL_EXPORTER_OTLP_ENDPOINT'") + " || " +
         patch::is_taken("'OTEL_EXPORTER_OTLP_PROTOCOL'") + "\n      ? [] : " + downward_list(by_endpoint, name) +
         ")\n      + " + rows + ")";
}

// What stands first: the identity, and a private twin of what the container uses for something else.
std::string identity_patch(const DownwardUse& use) {
  const std::string twins = with_endpoint(use.by_attributes, use.by_endpoint, Name::kPrivate) + "\n      .filter(v, " +
                            patch::is_taken("v[2]") + " && !(v[0] in names)\n      && !(" +
                            patch::is_usable("v[2]", "v[1]") + " && " + patch::is_early("v[2]") + "))";
  const std::string added =
      with_endpoint(use.added, use.by_endpoint, Name::kPublic) + "\n      .filter(v, !" + patch::is_taken("v[0]") + ")";
  return patch::for_each_container(
      "(" + twins + "\n    + " + added +
      ").map(v, JSONPatch{op: 'add', path: variables.paths[i] + '/env/0', value: Object.spec.containers.env{\n"
      "      name: v[0], valueFrom: Object.spec.containers.env.valueFrom{\n"
      "        fieldRef: Object.spec.containers.env.valueFrom.fieldRef{fieldPath: v[1]}}}})");
}

// Says the policy's hash on the pod, where it does not stand yet.
std::string mark_patch(const std::string& hash) {
  const std::string key = cel::literal(policy::kMarkAnnotation);
  const std::string value = cel::literal(hash);
  return "object.metadata.?annotations[?" + key + "] == optional.of(" + value +
         ") ? []\n: has(object.metadata.annotations)\n"
         "? [JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey(" +
         key + "), value: " + value +
         "}]\n"
         ": [JSONPatch{op: 'add', path: '/metadata/annotations', value: {" +
         key + ": " + value + "}}]";
}

}  // namespace

namespace patch {

std::string for_each_container(std::string_view body) {
  // An empty list does not survive from one mutation to the next, so each makes it anew.
  const std::string operations = fmt::format(
      "(names.size() > 0 ? [] : [JSONPatch{{op: 'add', path: variables.paths[i] + '/env', value: []}}])\n    + {}",
      body);
  return fmt::format(
      "(object.spec.containers + object.spec.?initContainers.orValue([])).transformList(i, c, variables.selected[i],\n"
      "  {}).flatten()",
      cel::bind("env", "c.?env.orValue([])", cel::bind("names", "env.map(e, string(e.name))", operations)));
}

std::string is_taken(std::string_view name) { return fmt::format("({0} in variables.keep || {0} in names)", name); }

std::string append(std::string_view name, std::string_view value) {
  return fmt::format(
      "JSONPatch{{op: 'add', path: variables.paths[i] + '/env/-',\n"
      "      value: Object.spec.containers.env{{name: {}, value: {}}}}}",
      name, value);
}

std::string is_usable(std::string_view name, std::string_view field_path) {
  return fmt::format("env.filter(e, e.name == {}).map(e, e.?valueFrom.?fieldRef.?fieldPath.orValue('')) == [{}]", name,
                     field_path);
}

std::string is_early(std::string_view name) {
  return fmt::format(
      "(!('OTEL_RESOURCE_ATTRIBUTES' in names) || names.indexOf({}) < names.indexOf('OTEL_RESOURCE_ATTRIBUTES'))",
      name);
}

std::string with_usable(const std::vector<Downward>& referred, std::string_view body) {
  if (referred.empty()) return std::string(body);
  std::vector<std::string> rows;
  for (const Downward which : referred) {
    const DownwardVariable& variable = downward(which);
    for (const std::string_view name : {variable.name, variable.private_name}) {
      rows.push_back(cel::literals({std::string(name), std::string(variable.field_path)}));
    }
  }
  const std::string usable =
      fmt::format("{}\n      .filter(v, {}).map(v, v[0])", cel::list(rows), is_usable("v[0]", "v[1]"));
  return cel::bind("usable", usable, body);
}

std::string refer(Downward which, std::string_view names) {
  const auto choice = [&](std::string_view name) {
    return fmt::format("{} in {} ? {}", cel::literal(name), names, cel::literal(trace::reference(name)));
  };
  return fmt::format("({} : {} : '')", choice(downward(which).name), choice(downward(which).private_name));
}

}  // namespace patch

DownwardUse downward_use(const policy::InjectionSettings& settings) {
  DownwardUse use;
  if (settings.pod_identity) {
    use.by_attributes = {Downward::kPodName, Downward::kNodeName, Downward::kNamespace, Downward::kPodUid};
    use.added = use.by_attributes;
    use.added.push_back(Downward::kPodIp);
  }
  if (!settings.exporter_endpoint) return use;
  for (const std::string_view name : trace::references(*settings.exporter_endpoint)) {
    const auto which = downward_named(name);
    if (!which || (!settings.pod_identity && *which != Downward::kNodeIp)) continue;
    if (std::find(use.by_endpoint.begin(), use.by_endpoint.end(), *which) == use.by_endpoint.end()) {
      use.by_endpoint.push_back(*which);
    }
  }
  return use;
}

std::vector<std::string> admission_patches(const policy::InjectionSettings& settings) {
  std::vector<std::string> patches;
  const DownwardUse use = downward_use(settings);
  if (!use.added.empty() || !use.by_endpoint.empty()) patches.push_back(identity_patch(use));
  patches.push_back(attributes_patch(settings));
  if (std::string rest = settings_patch(settings); !rest.empty()) patches.push_back(std::move(rest));
  patches.push_back(mark_patch(settings.hash));
  return patches;
}

}  // namespace meshtrace::inject
