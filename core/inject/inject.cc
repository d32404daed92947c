#include "core/inject/inject.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/inject/environment.h"
#include "core/inject/json_text.h"
#include "core/inject/pod.h"
#include "core/inject/select.h"
#include "core/inject/variables.h"

namespace meshtrace::inject {
namespace {

// A pod is at most 1.5 MiB in etcd. A patch of more than this could be what makes it too large, and thousands of tiny
// containers would make one far larger than the pod.
constexpr std::size_t kMaxPatchBytes = 256u << 10;
// Names in one keep-env annotation; there are not many more variables of ours than 20.
constexpr std::size_t kMaxKeptNames = 64;

std::vector<std::string_view> kept_names(const Pod& pod) {
  std::string_view rest = find(pod.annotations, policy::kKeepEnvAnnotation);
  std::vector<std::string_view> names;
  while (!rest.empty() && names.size() < kMaxKeptNames) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    const std::size_t first = item.find_first_not_of(' ');
    if (first != std::string_view::npos) names.push_back(item.substr(first, item.find_last_not_of(' ') - first + 1));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return names;
}

// Sets the annotation unless it stands there already with this value.
void append_mark(const Pod& pod, std::string_view hash, std::string_view base, std::string& patch) {
  if (find(pod.annotations, policy::kMarkAnnotation) == hash) return;
  std::string member;
  append_json_string(member, policy::kMarkAnnotation);
  std::string value;
  append_json_string(value, hash);
  if (!pod.has_metadata) {
    fmt::format_to(std::back_inserter(patch),
                   R"({{"op":"add","path":"{}/metadata","value":{{"annotations":{{{}:{}}}}}}},)", base, member, value);
  } else if (!pod.has_annotations) {
    fmt::format_to(std::back_inserter(patch), R"({{"op":"add","path":"{}/metadata/annotations","value":{{{}:{}}}}},)",
                   base, member, value);
  } else {
    std::string token;
    append_pointer_token(token, policy::kMarkAnnotation);
    fmt::format_to(std::back_inserter(patch), R"({{"op":"add","path":"{}/metadata/annotations/{}","value":{}}},)", base,
                   token, value);
  }
}

void append_warnings(const Container& container, std::vector<std::string>&& from, std::vector<std::string>& to) {
  for (const std::string& text : from) to.push_back(fmt::format("container {:?}: {}", container.name, text));
}

Result<ContainerOutcome> inject_container(const Pod& pod, const Container& container,
                                          const policy::InjectionSettings& settings,
                                          const std::vector<std::string_view>& keep, std::string_view base,
                                          Injection& injection) {
  auto environment = Environment::read(container, keep);
  if (!environment) return tl::make_unexpected(environment.error());
  std::vector<std::string> warnings;
  apply_variables(pod, container, settings, *environment, warnings);
  if (container.has_env_from && !environment->set().empty()) {
    warnings.push_back(
        "it has envFrom; the variables set here win over its keys, unless meshtrace.io/keep-env names them");
  }
  append_warnings(container, std::move(warnings), injection.warnings);
  environment->append_patch(injection.patch, fmt::format("{}{}", base, container.path));
  const Outcome outcome = environment->set().empty() ? Outcome::kUnchanged : Outcome::kInjected;
  return ContainerOutcome{container.name, outcome, environment->set(), environment->kept()};
}

}  // namespace

Result<Injection> inject(simdjson::dom::element element, const policy::InjectionSettings& settings,
                         const Options& options) {
  const auto pod = read_pod(element, options.owner);
  if (!pod) return tl::make_unexpected(pod.error());
  Injection injection;
  if (find(pod->labels, policy::kInjectLabel) == "false") {
    injection.opted_out = true;
    return injection;
  }
  const auto keep = kept_names(*pod);
  const auto istio = istio_containers(*pod);
  for (const Container& container : pod->containers) {
    const Outcome outcome = select(container, settings, istio);
    if (outcome != Outcome::kInjected) {
      injection.containers.push_back({container.name, outcome, {}, {}});
      continue;
    }
    auto injected = inject_container(*pod, container, settings, keep, options.base, injection);
    if (!injected) return tl::make_unexpected(injected.error());
    injection.containers.push_back(std::move(*injected));
    if (injection.patch.size() > kMaxPatchBytes) {
      return fail("spec.containers", fmt::format("the patch would be over {} bytes", kMaxPatchBytes));
    }
  }
  if (options.mark == Options::Mark::kSet) append_mark(*pod, settings.hash, options.base, injection.patch);
  if (!injection.patch.empty()) {
    injection.patch.insert(injection.patch.begin(), '[');
    injection.patch.back() = ']';
  }
  return injection;
}

}  // namespace meshtrace::inject
