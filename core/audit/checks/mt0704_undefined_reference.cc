#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/environment.h"
#include "core/audit/fix.h"
#include "core/policy/text.h"
#include "core/trace/expansion.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;
using Entry = std::vector<EnvVariable>::const_iterator;

// Of others a `$(…)` may be the application's own.
bool is_of_tracing(std::string_view name) { return name.starts_with("OTEL_") || name.starts_with("DD_"); }

// The kubelet makes NAME_SERVICE_HOST, NAME_PORT and the like of each Service that was there when the container
// started.
bool may_be_service_variable(std::string_view name) {
  return name.find("_SERVICE_HOST") != std::string_view::npos || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.find("_PORT") != std::string_view::npos;
}

// Moves the definition in front of the entry that refers to it.
std::string move_fix(const Workload& workload, const EnvVariable& definition, const EnvVariable& user) {
  const std::string from = pointer_of(definition.field);
  const std::string to = pointer_of(user.field);
  const auto test = [&](const std::string& pointer) {
    return json{{"op", "test"}, {"path", pointer}, {"value", workload.object->value.at(json::json_pointer(pointer))}};
  };
  return patch_template(workload, {test(from), test(to), {{"op", "move"}, {"from", from}, {"path", to}}},
                        fmt::format("Put {} in front of {}.", definition.name, user.name));
}

std::string missing_text(const EnvFromKeys& keys) {
  if (keys.config_maps.empty()) return "nothing defines it";
  std::vector<std::string> titles;
  for (const auto& [key, config_map] : keys.config_maps) titles.push_back(config_map->ref.title());
  titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
  return fmt::format("neither env nor {}, which envFrom names, has it", fmt::join(titles, " or "));
}

void look_at_reference(const Model& model, const Workload& workload, const Container& container, Entry user,
                       std::string_view name, Findings& findings) {
  const auto is_it = [&](const EnvVariable& entry) { return entry.name == name; };
  if (std::find_if(container.env.begin(), user, is_it) != user || may_be_service_variable(name)) return;
  const EnvFromKeys keys = env_from_keys(model, workload, container);
  if (!keys.complete || keys.config_maps.contains(std::string(name))) return;
  const auto setting = setting_of(model, workload, container, user->name);
  if (!setting || setting->variable != &*user) return;
  const auto later = std::find_if(user + 1, container.env.end(), is_it);
  const bool is_later = later != container.env.end();
  const bool can_move = is_later && !later->by_policy && !user->by_policy;
  findings.add(*setting->object,
               fmt::format("{} of {} reaches the SDK with the text {} in it: {}.", user->name, setting->who,
                           policy::in_quotes(trace::reference(name)),
                           is_later ? "the variable stands after it, and the kubelet expands only what stands before"
                                    : missing_text(keys)),
               {.field = setting->field,
                .fix = can_move ? move_fix(workload, *later, *user)
                                : fmt::format("Define {} in env, before {}.", policy::in_quotes(name), user->name)});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) {
    for (auto entry = container->env.begin(); entry != container->env.end(); ++entry) {
      if (!entry->value || !is_of_tracing(entry->name)) continue;
      for (const std::string_view name : trace::references(*entry->value)) {
        look_at_reference(model, *workload, *container, entry, name, findings);
      }
    }
  }
}

}  // namespace

const Check kUndefinedReference{
    .code = "MT0704",
    .severity = Severity::kError,
    .title = "reference to a variable that is not defined there",
    .effect = "Spans go nowhere, or carry the text $(NAME) instead of a value.",
    .page =
        R"(The kubelet replaces `$(NAME)` in a variable's value by what envFrom, Services, and entries of `env` that stand
**before** it define. What is defined after it, or nowhere, stays as it is: an SDK then exports to `http://$(HOST_IP):4317`.

The fix moves the definition in front. Only `OTEL_` and `DD_` variables are judged, also those that a policy injects (a
policy's endpoint may refer to a variable that a container lacks).

Not reported: names like those of Service variables, and containers with an envFrom that cannot be read (a Secret, a
ConfigMap that is not there). `$$(NAME)` is no reference.

Sources: Kubernetes, "Define Dependent Environment Variables"; opentelemetry-operator #3022, #4319, #5333.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
