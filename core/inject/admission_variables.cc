#include "core/inject/admission_variables.h"

#include <fmt/format.h>

#include "core/inject/cel.h"
#include "core/inject/select.h"
#include "core/inject/service.h"
#include "core/policy/glob.h"
#include "core/trace/expansion.h"

namespace meshtrace::inject {
namespace {

using nlohmann::json;
using policy::ServiceName;

std::string annotation(std::string_view name) {
  return fmt::format("variables.annotations[?{}].orValue('')", cel::literal(name));
}

std::string label(std::string_view name) {
  return fmt::format("variables.labels[?{}].orValue('')", cel::literal(name));
}

// Whether one of the globs matches the name of container `c`.
std::string matches_any(const std::vector<std::string>& globs) {
  std::vector<std::string> tests;
  for (const std::string& glob : globs) {
    if (glob == "*") return "true";
    tests.push_back(policy::is_glob(glob) ? fmt::format("c.name.matches({})", cel::literal(cel::glob_pattern(glob)))
                                          : fmt::format("c.name == {}", cel::literal(glob)));
  }
  return tests.empty() ? "false" : fmt::format("({})", fmt::join(tests, " || "));
}

// One of selected: the rules of select.h. Which containers Istio's injector lists as its own is read off the text of
// its annotation, since CEL cannot parse JSON: a quoted name in one of the two lists.
std::string selected(const policy::InjectionSettings& settings) {
  const std::vector<std::string> proxies(kProxyContainers.begin(), kProxyContainers.end());
  const std::string is_istios = annotation("sidecar.istio.io/status") +
                                R"cel(.matches('"(containers|initContainers)"\\s*:\\s*\\[[^\\]]*"' + c.name + '"'))cel";
  const std::string may_be =
      fmt::format("!(c.name in {})\n  && !{} && !{}", cel::literals(proxies), matches_any(settings.exclude), is_istios);
  const std::string included = matches_any(settings.include);
  return fmt::format(
      "object.spec.containers.map(c, {0} && {1})\n"
      "+ object.spec.?initContainers.orValue([]).map(c, {0}\n"
      "  && (c.?restartPolicy.orValue('') == 'Always' ? {1} : c.name in {2}))",
      may_be, included, cel::literals(settings.include));
}

constexpr const char* kPaths =
    "object.spec.containers.transformList(i, c, '/spec/containers/' + string(i))\n"
    "+ object.spec.?initContainers.orValue([]).transformList(i, c, '/spec/initContainers/' + string(i))";

constexpr const char* kController =
    "object.metadata.?ownerReferences.orValue([]).filter(o, o.?controller.orValue(false)\n"
    "  && o.kind in ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', "
    "'ReplicationController']\n"
    "  && (o.apiVersion == 'v1' || o.apiVersion.startsWith('apps/') || o.apiVersion.startsWith('batch/')))";

// The first of a controller's values, or ''.
std::string of_controller(std::string_view field) {
  return fmt::format("({}.map(o, string(o.{})) + [''])[0]", kController, field);
}

constexpr const char* kDeployment =
    "variables.kind == 'Deployment' ? variables.owner\n"
    ": variables.kind == 'ReplicaSet' && variables.labels[?'pod-template-hash'].orValue('') != ''\n"
    "  && variables.owner.matches('^.+-' + variables.labels['pod-template-hash'] + '$')\n"
    "? variables.owner.substring(0, variables.owner.size() - variables.labels['pod-template-hash'].size() - 1)\n"
    ": ''";

constexpr const char* kCronJob =
    "variables.kind == 'CronJob' ? variables.owner\n"
    ": variables.kind == 'Job' && variables.owner.matches('^.+-[0-9]{8,}$')\n"
    "? variables.owner.substring(0, variables.owner.lastIndexOf('-'))\n"
    ": ''";

// As trace::encode_attribute_value() and then trace::escape_dollars(). Values that are not printable ASCII are left
// out: CEL cannot take the bytes of a character.
std::string annotated_attributes() {
  const std::string prefix = cel::literal(kAttributeAnnotationPrefix);
  std::string encoded = "v.replace('%', '%25')";
  for (const auto& [character, code] : {std::pair{" ", "%20"},
                                        {",", "%2C"},
                                        {"=", "%3D"},
                                        {";", "%3B"},
                                        {"\"", "%22"},
                                        {"'", "%27"},
                                        {"\\", "%5C"},
                                        {"$", "$$"}}) {
    encoded += fmt::format(".replace({}, {})", cel::literal(character), cel::literal(code));
  }
  return fmt::format(
      "variables.annotations.transformMapEntry(k, v,\n"
      "  k.startsWith({0}) && k.substring({1}).matches('^[A-Za-z0-9._/-]+$')\n"
      "  && v.size() <= {2} && v.matches('^[ -~]+$'),\n"
      "  {{k.substring({1}): {3}}})",
      prefix, kAttributeAnnotationPrefix.size(), kMaxAttributeValue, encoded);
}

// The rules of service_name() in service.h, in their order.
std::string service(const policy::InjectionSettings& settings) {
  const ServiceName& rule = settings.service_name;
  const std::string own = annotation(std::string(kAttributeAnnotationPrefix) + "service.name");
  std::vector<std::string> candidates{
      fmt::format("({0}.size() <= {1} ? {0}.replace('$', '$$') : '')", own, kMaxAttributeValue)};
  const auto add_literal = [&](std::string_view text) {
    if (!text.empty()) candidates.push_back(cel::literal(trace::escape_dollars(text)));
  };
  if (rule.from == ServiceName::From::kValue) add_literal(rule.value);
  for (const auto& [key, value] : settings.resource_attributes) {
    if (key == "service.name") add_literal(value);
  }
  std::vector<std::string> labels;
  if (rule.from == ServiceName::From::kCanonical) {
    labels = {"service.istio.io/canonical-name", "app.kubernetes.io/name", "app"};
  } else {
    if (rule.from == ServiceName::From::kLabel) labels.push_back(rule.key);
    if (rule.use_well_known_labels) {
      labels.insert(labels.end(), {"app.kubernetes.io/instance", "app.kubernetes.io/name"});
    }
  }
  for (const std::string& name : labels) candidates.push_back(label(name));
  candidates.insert(candidates.end(), {"variables.deployment", "variables.cronjob", "variables.owner"});
  return fmt::format("({}.filter(n, n != '') + [''])[0]", cel::list(candidates));
}

}  // namespace

json admission_variables(const policy::InjectionSettings& settings) {
  json variables = json::array();
  const auto add = [&](const char* name, std::string expression) {
    variables.push_back({{"name", name}, {"expression", std::move(expression)}});
  };
  add("annotations", "object.metadata.?annotations.orValue({})");
  add("labels", "object.metadata.?labels.orValue({})");
  add("keep", annotation(policy::kKeepEnvAnnotation) + ".split(',').map(n, n.trim())");
  add("paths", kPaths);
  add("selected", selected(settings));
  add("kind", of_controller("kind"));
  add("owner", of_controller("name"));
  add("deployment", kDeployment);
  add("cronjob", kCronJob);
  add("attributes", annotated_attributes());
  add("service", service(settings));
  return variables;
}

}  // namespace meshtrace::inject
