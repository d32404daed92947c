// attributes_patch(): the rules of attributes.cc in CEL. A container's own list is completed where every item of it is
// a well-formed pair; where it comes by valueFrom or has an item that is a mere reference, it is left alone.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/inject/admission_patch.h"
#include "core/inject/cel.h"
#include "core/trace/expansion.h"
#include "core/trace/resource_attributes.h"

namespace meshtrace::inject {
namespace {

using Attribute = std::pair<std::string, std::string>;  // key; its value as an expression, '' for none

std::string of_kind(std::string_view kind) {
  return fmt::format("(variables.kind == {} ? variables.owner : '')", cel::literal(kind));
}

// The rules of service_version() in service.h.
std::string service_version(const policy::InjectionSettings& settings) {
  const std::string image =
      cel::bind("v", R"cel(string(c.?image.orValue('')).find('(:[A-Za-z0-9_.-]+)?(@[A-Za-z0-9_+.:-]+)?$'))cel",
                "v == '' ? '' : v.substring(1)");
  if (!settings.service_name.use_well_known_labels) return image;
  return "([variables.labels[?'app.kubernetes.io/version'].orValue('')].filter(l, l != '') + [" + image + "])[0]";
}

// Those whose value is computed, in their order.
std::vector<Attribute> computed_attributes(const policy::InjectionSettings& settings) {
  const auto reference = [&](Downward which) {
    return settings.pod_identity ? patch::refer(which, "early") : std::string("''");
  };
  const std::string ns = reference(Downward::kNamespace);
  const std::string pod = reference(Downward::kPodName);
  const std::string instance =
      fmt::format("{0} == '' || {1} == '' ? '' : {0} + '.' + {1} + '.' + string(c.name)", ns, pod);
  return {
      {"k8s.pod.name", pod},
      {"k8s.node.name", reference(Downward::kNodeName)},
      {"k8s.namespace.name", ns},
      {"k8s.pod.uid", reference(Downward::kPodUid)},
      {"k8s.container.name", "string(c.name)"},
      {"k8s.deployment.name", "variables.deployment"},
      {"k8s.replicaset.name", of_kind("ReplicaSet")},
      {"k8s.statefulset.name", of_kind("StatefulSet")},
      {"k8s.daemonset.name", of_kind("DaemonSet")},
      {"k8s.job.name", of_kind("Job")},
      {"k8s.cronjob.name", "variables.cronjob"},
      {"k8s.replicationcontroller.name", of_kind("ReplicationController")},
      {"service.version", service_version(settings)},
      {"service.namespace", ns},
      {"service.instance.id", settings.pod_identity ? instance : "''"},
  };
}

// 'key=value'; what an annotation says wins.
std::string pair_of(const Attribute& attribute) {
  return fmt::format("{} + variables.attributes[?{}].orValue({})", cel::literal(attribute.first + "="),
                     cel::literal(attribute.first), attribute.second);
}

// Every pair of ours, also those with an empty value.
std::string pairs(const policy::InjectionSettings& settings) {
  std::vector<Attribute> computed = computed_attributes(settings);
  std::vector<Attribute> stated;
  std::vector<std::string> known{"service.name"};
  for (const Attribute& attribute : computed) known.push_back(attribute.first);
  for (const auto& [key, value] : settings.resource_attributes) {
    if (key == "service.name") continue;
    const std::string literal = cel::literal(trace::escape_dollars(trace::encode_attribute_value(value)));
    const auto same =
        std::find_if(computed.begin(), computed.end(), [&](const auto& each) { return each.first == key; });
    if (same != computed.end()) {
      same->second = literal;
    } else {
      stated.emplace_back(key, literal);
      known.push_back(key);
    }
  }
  const auto list_of = [](const std::vector<Attribute>& attributes) {
    std::vector<std::string> all;
    for (const Attribute& attribute : attributes) all.push_back(pair_of(attribute));
    return fmt::format("[{}]", fmt::join(all, ",\n      "));
  };
  return fmt::format(
      "({} + ({} + variables.attributes.transformList(k, v, !(k in {}), k + '=' + v))\n"
      "      .sortBy(p, p.split('=')[0]))",
      list_of(computed), list_of(stated), cel::literals(known));
}

std::string service_name(const policy::InjectionSettings& settings) {
  const std::string fallback = settings.pod_identity
                                   ? patch::refer(Downward::kPodName, "usable")
                                   : "[object.metadata.?name.orValue(''), c.name].filter(n, n != '')[0]";
  // Where the container's own list brings a service.name, or may, a variable of ours would outrank it.
  return "(" + patch::is_taken("'OTEL_SERVICE_NAME'") +
         "\n    || own.exists(e, has(e.valueFrom))"
         "\n    || items.exists(p, p.split('=')[0].trim() == 'service.name' || (!p.contains('=') && p.contains('$(')))"
         "\n    ? [] : [variables.service != '' ? variables.service : " +
         fallback + "].filter(n, n != '').map(n, " + patch::append("'OTEL_SERVICE_NAME'", "n") + "))";
}

std::string resource_attributes(const policy::InjectionSettings& settings) {
  constexpr const char* kPair = R"cel('^\\s*[^=\\s][^=]*=([^=;%]|%[0-9A-Fa-f]{2})*$')cel";
  const std::string ours =
      pairs(settings) +
      "\n    .filter(p, !p.endsWith('=') && !(p.split('=')[0] in items.map(q, q.split('=')[0].trim())))";
  const std::string text = "[" + ours + ".join(','), items.join(',')].filter(t, t != '').join(',')";
  const std::string write =
      "text == '' || own.exists(e, e.?value.orValue('') == text) ? []\n"
      "    : own.size() == 0 ? [" +
      patch::append("'OTEL_RESOURCE_ATTRIBUTES'", "text") +
      "]\n    : [JSONPatch{op: 'add', value: text,\n"
      "    path: variables.paths[i] + '/env/' + string(names.indexOf('OTEL_RESOURCE_ATTRIBUTES')) + '/value'}]";
  return "('OTEL_RESOURCE_ATTRIBUTES' in variables.keep || own.size() > 1 || own.exists(e, has(e.valueFrom))\n"
         "    || !items.all(p, p.matches(" +
         std::string(kPair) + ")) ? []\n    : " + cel::bind("text", text, write) + ")";
}

}  // namespace

std::string attributes_patch(const policy::InjectionSettings& settings) {
  std::string operations = service_name(settings) + "\n    + " + resource_attributes(settings);
  if (settings.pod_identity) {
    operations = cel::bind("early", "usable.filter(n, " + patch::is_early("n") + ")", operations);
  }
  const std::string items = "own.map(e, string(e.?value.orValue('')).split(',')).flatten().filter(p, p.trim() != '')";
  return patch::for_each_container(patch::with_usable(
      downward_use(settings).by_attributes,
      cel::bind("own", "env.filter(e, e.name == 'OTEL_RESOURCE_ATTRIBUTES')", cel::bind("items", items, operations))));
}

}  // namespace meshtrace::inject
