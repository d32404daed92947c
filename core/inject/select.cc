#include "core/inject/select.h"

#include <algorithm>

#include "core/policy/glob.h"

namespace meshtrace::inject {
namespace {

bool matches(const std::vector<std::string>& globs, std::string_view name) {
  return std::any_of(globs.begin(), globs.end(), [&](const auto& glob) { return policy::glob_match(glob, name); });
}

}  // namespace

std::vector<std::string> istio_containers(const Pod& pod) {
  std::vector<std::string> names;
  const std::string_view status = find(pod.annotations, "sidecar.istio.io/status");
  if (status.empty()) return names;
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(status.data(), status.size()).get(document) != simdjson::SUCCESS) return names;
  for (const std::string_view key : {"containers", "initContainers"}) {
    simdjson::dom::array list;
    if (document[key].get(list) != simdjson::SUCCESS) continue;
    for (const auto element : list) {
      std::string_view name;
      if (element.get(name) == simdjson::SUCCESS) names.emplace_back(name);
    }
  }
  return names;
}

Outcome select(const Container& container, const policy::InjectionSettings& settings,
               const std::vector<std::string>& istio) {
  const std::string_view name = container.name;
  if (std::find(kProxyContainers.begin(), kProxyContainers.end(), name) != kProxyContainers.end() ||
      std::find(istio.begin(), istio.end(), name) != istio.end()) {
    return Outcome::kProxy;
  }
  if (matches(settings.exclude, name)) return Outcome::kNotSelected;
  if (container.is_init && !container.restarts_always) {
    const bool named = std::find(settings.include.begin(), settings.include.end(), name) != settings.include.end();
    return named ? Outcome::kInjected : Outcome::kInitContainer;
  }
  return matches(settings.include, name) ? Outcome::kInjected : Outcome::kNotSelected;
}

}  // namespace meshtrace::inject
