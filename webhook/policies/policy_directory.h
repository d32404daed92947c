// Policies from a folder of YAML and JSON files (--policy-dir), for a webhook that runs without an API server or takes
// its policies from a mounted ConfigMap. The folder is polled: a mounted ConfigMap changes by a symlink swap, which
// inotify shows on the wrong node, and reading a few small files costs nothing.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>

#include "webhook/policies/policy_files.h"
#include "webhook/policies/policy_store.h"

namespace meshtrace::webhook {

struct PolicyDirectoryOptions {
  std::filesystem::path directory;
  std::string root_namespace = policy::kDefaultRootNamespace;
  std::chrono::milliseconds interval{1000};  // between two looks at the folder
  PolicyFileLimits limits;
};

// Follows the folder and publishes into `store` until `stop` is requested. All files count or none: with a bad file
// nothing is published, so that at the start the webhook is not ready and later the last good set stays in force.
void run_policy_directory(std::stop_token stop, const PolicyDirectoryOptions& options, PolicyStore& store);

}  // namespace meshtrace::webhook
