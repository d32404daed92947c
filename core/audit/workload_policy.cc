#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "core/audit/workload_read.h"
#include "core/base/json.h"
#include "core/inject/inject.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

EnvVariable policy_variable(const json& entry, const std::string& field) {
  EnvVariable variable;
  variable.name = string_member(entry, {"name"});
  variable.from_source = entry.contains("valueFrom");
  if (!variable.from_source) variable.value = string_member(entry, {"value"});
  variable.field = field;
  variable.by_policy = true;
  return variable;
}

// "/spec/containers/0/env/-": the container's field below the pod, and what follows "/env".
struct EnvPath {
  std::string container;  // spec.containers[0]
  std::string position;   // "", "/-", "/3"
};

EnvPath read_path(const std::string& pointer) {
  const std::size_t list = pointer.find('/', 1);
  const std::size_t index = pointer.find('/', list + 1);
  const std::size_t env = pointer.find('/', index + 1);
  const std::size_t end = std::min(pointer.find('/', env + 1), pointer.size());
  return {"spec." + pointer.substr(list + 1, index - list - 1) + "[" + pointer.substr(index + 1, env - index - 1) + "]",
          pointer.substr(end)};
}

// One `add` of the patch. What stands in the object keeps its own value: a `replace` is not followed.
void follow(const json& operation, const std::string& prefix, std::vector<Container>& containers) {
  if (operation.at("op") != "add") return;
  const EnvPath path = read_path(operation.at("path").get<std::string>());
  const auto container = std::find_if(containers.begin(), containers.end(),
                                      [&](const Container& one) { return one.field == prefix + path.container; });
  if (container == containers.end()) return;
  const std::string field = container->field + ".env";
  const json& value = operation.at("value");
  if (path.position.empty()) {
    for (const json& entry : value) container->env.push_back(policy_variable(entry, field));
    return;
  }
  if (!value.is_object()) return;  // the value of an entry that has none
  auto at = container->env.end();
  std::size_t index = 0;
  const char* begin = path.position.data() + 1;
  const char* end = path.position.data() + path.position.size();
  if (std::from_chars(begin, end, index).ptr == end && index < container->env.size()) {
    at = container->env.begin() + static_cast<std::ptrdiff_t>(index);
  }
  container->env.insert(at, policy_variable(value, field));
}

}  // namespace

void add_policy_variables(const json& pod, Workload& workload) {
  if (workload.policy == nullptr) return;
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const std::string text = pod.dump(-1, ' ', false, json::error_handler_t::replace);
  if (parser.parse(text).get(element) != simdjson::SUCCESS) return;
  inject::Options options;
  if (workload.object->kind != Kind::kPod) options.owner = {workload.object->ref.kind, workload.object->ref.name};
  // A template that is not what the API has there gets nothing, and other tools say so.
  const auto injection = inject::inject(element, workload.policy->injection, options);
  if (!injection || injection->patch.empty()) return;
  const std::string prefix = workload.template_field.empty() ? "" : workload.template_field + ".";
  for (const json& operation : json::parse(injection->patch)) follow(operation, prefix, workload.containers);
}

}  // namespace meshtrace::audit
