#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/environment.h"
#include "core/audit/fix.h"
#include "core/policy/text.h"
#include "core/trace/expansion.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

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
  if (keys.sources.empty()) return "nothing defines it";
  std::vector<std::string> titles;
  for (const Object* config_map : keys.sources) titles.push_back(config_map->ref.title());
  return fmt::format("neither env nor {}, which envFrom names, has it", fmt::join(titles, " or "));
}

// A reference that nothing before it defines.
struct Dangling {
  const EnvVariable& user;
  std::string_view name;
  const EnvVariable* later;  // its definition behind the user; null: nowhere
};

void report(const Model& model, const Workload& workload, const Container& container, const Dangling& dangling,
            const EnvFromKeys& keys, Findings& findings) {
  const auto setting = setting_of(model, workload, container, dangling.user.name);
  if (!setting || setting->variable != &dangling.user) return;
  const bool can_move = dangling.later != nullptr && !dangling.later->by_policy && !dangling.user.by_policy;
  findings.add(*setting->object,
               fmt::format("{} of {} reaches the SDK with the text {} in it: {}.", dangling.user.name, setting->who,
                           policy::in_quotes(trace::reference(dangling.name)),
                           dangling.later != nullptr
                               ? "the variable stands after it, and the kubelet expands only what stands before"
                               : missing_text(keys)),
               {.field = setting->field,
                .fix = can_move ? move_fix(workload, *dangling.later, dangling.user)
                                : fmt::format("Define {} in env, before {}.", policy::in_quotes(dangling.name),
                                              dangling.user.name)});
}

// The first of each variable: once it is mended the next one shows.
void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  std::map<std::string_view, const EnvVariable*> last;  // of a name
  for (const EnvVariable& entry : container.env) last[entry.name] = &entry;
  std::set<std::string_view> defined;
  std::optional<EnvFromKeys> keys;  // read when something is not in env
  for (const EnvVariable& entry : container.env) {
    const auto names =
        entry.value && is_of_tracing(entry.name) ? trace::references(*entry.value) : std::vector<std::string_view>();
    for (const std::string_view name : names) {
      if (defined.contains(name) || may_be_service_variable(name)) continue;
      if (!keys) keys = env_from_keys(model, workload, container);
      if (!keys->complete || keys->config_maps.contains(std::string(name))) continue;
      const auto found = last.find(name);
      const EnvVariable* later = found != last.end() && found->second > &entry ? found->second : nullptr;
      report(model, workload, container, {entry, name, later}, *keys, findings);
      break;
    }
    defined.insert(entry.name);
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kUndefinedReference{
    .code = "MT0704",
    .severity = Severity::kError,
    .title = "reference to a variable that is not defined there",
    .effect = "Spans go nowhere, or carry the text $(NAME) instead of a value.",
    .page = R"(The kubelet replaces `$(NAME)` in a variable's value by what envFrom, Services, and entries of `env`
that stand **before** it define. What is defined after it, or nowhere, stays as it is: an SDK then exports to
`http://$(HOST_IP):4317`.

The fix moves the definition in front. Only `OTEL_` and `DD_` variables are judged, also those that a policy injects
(a policy's endpoint may refer to a variable that a container lacks).

Not reported: names like those of Service variables, and containers with an envFrom that cannot be read (a Secret, a
ConfigMap that is not there). `$$(NAME)` is no reference.

Sources: Kubernetes, "Define Dependent Environment Variables"; opentelemetry-operator #3022, #4319, #5333.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
