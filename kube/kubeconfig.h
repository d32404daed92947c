// kubeconfig as kubectl reads it: texts in, one client configuration out. Reads no files: net/client does.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "kube/client_config.h"

namespace meshtrace::kube {

// A kubeconfig is written by people and tools; a cluster's CA and a client's keys are some kilobytes each.
inline constexpr std::size_t kMaxKubeconfigBytes = 4u << 20;

// One or several files, merged. Entries stay as they were written until one of them is chosen, so that a mistake in a
// cluster that nobody asked for stops nobody.
struct Kubeconfig {
  struct Entry {
    nlohmann::json value;   // what stands below `cluster:`, `user:` or `context:`
    std::string where;      // "FILE: users[NAME]", for errors
    std::string directory;  // of the file: its relative paths begin here
  };
  std::map<std::string, Entry> clusters;
  std::map<std::string, Entry> users;
  std::map<std::string, Entry> contexts;
  std::string current_context;
};

// `path` names the file in errors and gives the directory of its relative paths. An empty text is an empty
// configuration.
Result<Kubeconfig> parse_kubeconfig(const std::string& path, std::string_view text);

// The files of KUBECONFIG in their order: the first that sets a name, or the current context, wins as a whole.
Kubeconfig merge_kubeconfigs(std::vector<Kubeconfig> files);

// The paths in the variable KUBECONFIG, which separates them by colons.
std::vector<std::string> kubeconfig_paths(std::string_view variable);

struct KubeconfigChoice {
  std::string context;  // --context; empty: current-context
  std::string cluster;  // --cluster; empty: the context's
  std::string user;     // --user; empty: the context's
  std::string ns;       // -n; empty: the context's, or default
};
Result<ClientConfig> select_context(const Kubeconfig& config, const KubeconfigChoice& choice);

}  // namespace meshtrace::kube
