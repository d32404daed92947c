#include "cli/decision.h"

#include <fmt/format.h>

#include <utility>

#include "core/audit/fix.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

const json* pod_of(const Object& object, const WorkloadKind& kind) {
  const json::json_pointer pointer{std::string(kind.pod)};
  return object.value->contains(pointer) ? &object.value->at(pointer) : nullptr;
}

std::string reason_text(policy::NotCovered reason, const std::string& ns) {
  switch (reason) {
    case policy::NotCovered::kExcludedNamespace:
      return fmt::format("pods of the namespace {} are never covered", ns);
    case policy::NotCovered::kNoPolicy:
      return fmt::format("no policy covers it in the namespace {}", ns);
    case policy::NotCovered::kPolicyWithoutInjection:
      break;
  }
  return "the policies that cover it state neither workload nor sampling";
}

// "/spec/template" and "spec.containers" as "spec.template.spec.containers".
std::string field_path(const WorkloadKind& kind, const std::string& below) {
  std::string path(kind.pod.empty() ? kind.pod : kind.pod.substr(1));
  for (char& c : path) c = c == '/' ? '.' : c;
  return path + (path.empty() || below.empty() ? "" : ".") + below;
}

}  // namespace

policy::Labels pod_labels(const Object& object, const WorkloadKind& kind) {
  policy::Labels labels;
  const json* pod = pod_of(object, kind);
  const json* map = pod == nullptr ? nullptr : find_member(*pod, {"metadata", "labels"});
  if (map == nullptr || !map->is_object()) return labels;
  for (const auto& [key, value] : map->items()) {
    if (value.is_string()) labels.emplace_back(key, value.get_ref<const std::string&>());
  }
  return labels;
}

Result<Decision> Decider::decide(const Object& object, const WorkloadKind& kind) {
  const auto refuse = [&](const std::string& below, const std::string& what) {
    const std::string path = field_path(kind, below);
    return fail(object.place_at(std::string(kind.pod) + audit::pointer_of(below)),
                object.title() + ": " + path + (path.empty() ? "" : ": ") + what);
  };
  const json* pod = pod_of(object, kind);
  if (pod == nullptr) return refuse("", "is missing");

  Decision decision;
  decision.ns = scope_.namespace_of(object);
  decision.coverage = index_.find(decision.ns, pod_labels(object, kind));
  const auto opted_out = scope_.opted_out.find(decision.ns);
  if (decision.coverage.reason) {
    decision.skipped = reason_text(*decision.coverage.reason, decision.ns);
  } else if (opted_out != scope_.opted_out.end()) {
    decision.skipped =
        fmt::format("the Namespace at {} opts out (label {}: \"false\")", opted_out->second, policy::kInjectLabel);
  }

  // Also for a pod that is skipped: a bad manifest is an error, whatever the policies say.
  static const policy::InjectionSettings kNothing;
  simdjson::dom::element element;
  if (parser_.parse(pod->dump()).get(element) != simdjson::SUCCESS) return refuse("", "cannot be read as JSON");
  const std::string base = object.pointer + std::string(kind.pod);
  inject::Options options;
  options.base = base;
  const std::string owner = string_member(*object.value, {"metadata", "name"});
  if (!kind.pod.empty()) options.owner = {kind.kind, owner};
  const policy::Effective* effective = decision.coverage.effective;
  auto injection = inject::inject(element, effective == nullptr ? kNothing : effective->injection, options);
  if (!injection) return refuse(injection.error().where, injection.error().what);
  if (injection->opted_out) {
    decision.skipped = fmt::format("it opts out (label {}: \"false\")", policy::kInjectLabel);
  }
  if (decision.skipped.empty()) decision.injection = *std::move(injection);
  return decision;
}

}  // namespace meshtrace::cli
