#include "kube/kubeconfig.h"

#include <fmt/format.h>

#include <utility>

#include "core/yaml/yaml.h"
#include "kube/json.h"

namespace meshtrace::kube {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

struct Section {
  const char* list;   // clusters
  const char* inner;  // cluster
  std::map<std::string, Kubeconfig::Entry>* into;
};

Result<void> read_section(const std::string& path, const yaml::Document& document, const Section& section) {
  const auto list = document.value.find(section.list);
  if (list == document.value.end() || list->is_null()) return {};
  const auto at = [&](std::size_t index) {
    return fmt::format("{}:{}", path, document.at(fmt::format("/{}/{}", section.list, index)).line);
  };
  if (!list->is_array()) return fail(at(0), fmt::format("{} must be a list", section.list));
  for (std::size_t index = 0; index < list->size(); ++index) {
    const nlohmann::json& item = (*list)[index];
    const std::string name = string_or_empty(item, "name");
    if (name.empty()) return fail(at(index), fmt::format("{}[{}] needs a name", section.list, index));
    auto value = item.value(section.inner, nlohmann::json::object());
    if (value.is_null()) value = nlohmann::json::object();
    if (!value.is_object()) return fail(at(index), fmt::format("{} '{}' must be a mapping", section.inner, name));
    Kubeconfig::Entry entry{std::move(value), fmt::format("{}: {}[{}]", path, section.list, name), directory_of(path)};
    if (!section.into->emplace(name, std::move(entry)).second) {
      return fail(at(index), fmt::format("{} '{}' is there twice", section.inner, name));
    }
  }
  return {};
}

}  // namespace

Result<Kubeconfig> parse_kubeconfig(const std::string& path, std::string_view text) {
  yaml::Limits limits;
  limits.max_bytes = kMaxKubeconfigBytes;
  limits.max_nodes = 200'000;
  auto documents = yaml::read(path, text, limits);
  if (!documents) return tl::make_unexpected(documents.error());
  Kubeconfig config;
  const yaml::Document* only = nullptr;
  for (const auto& document : *documents) {
    if (document.value.is_null()) continue;
    if (only != nullptr) return fail(path, "a kubeconfig is one document, this file has several");
    only = &document;
  }
  if (only == nullptr) return config;
  // As kubectl, which takes a missing kind for Config.
  const std::string kind = string_or_empty(only->value, "kind");
  if (!only->value.is_object() || !(kind.empty() || kind == "Config")) {
    return fail(fmt::format("{}:{}", path, only->first_line),
                "no kubeconfig: it needs apiVersion: v1 and kind: Config");
  }
  const Section sections[] = {{"clusters", "cluster", &config.clusters},
                              {"users", "user", &config.users},
                              {"contexts", "context", &config.contexts}};
  for (const Section& section : sections) {
    if (auto read = read_section(path, *only, section); !read) return tl::make_unexpected(read.error());
  }
  config.current_context = string_or_empty(only->value, "current-context");
  return config;
}

Kubeconfig merge_kubeconfigs(std::vector<Kubeconfig> files) {
  Kubeconfig merged;
  for (Kubeconfig& file : files) {
    // std::map::merge leaves names that are there already, as kubectl does.
    merged.clusters.merge(file.clusters);
    merged.users.merge(file.users);
    merged.contexts.merge(file.contexts);
    if (merged.current_context.empty()) merged.current_context = std::move(file.current_context);
  }
  return merged;
}

std::vector<std::string> kubeconfig_paths(std::string_view variable) {
  std::vector<std::string> paths;
  while (!variable.empty()) {
    const std::size_t colon = variable.find(':');
    const std::string_view path = variable.substr(0, colon);
    if (!path.empty()) paths.emplace_back(path);
    variable.remove_prefix(colon == std::string_view::npos ? variable.size() : colon + 1);
  }
  return paths;
}

}  // namespace meshtrace::kube
