// The policy files of a folder as one consistent snapshot, and what they say.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/policy/policy.h"

namespace meshtrace::webhook {

struct PolicyFileLimits {
  std::size_t max_files = 1000;           // policy files in the folder; a ConfigMap holds far fewer
  std::size_t max_file_bytes = 1u << 20;  // one file: about what the API server takes as one object
  std::size_t max_total_bytes = 16u << 20;
};

struct PolicyFile {
  std::string path;
  std::string text;
  friend bool operator==(const PolicyFile&, const PolicyFile&) = default;
};

// The folder's *.yaml, *.yml and *.json, sorted by name; names that begin with a dot and subfolders are left out. Where
// the folder is a mounted ConfigMap or Secret (it has ..data), all files are read through ..data resolved once, so that
// a change in the middle cannot mix old and new.
Result<std::vector<PolicyFile>> read_policy_files(const std::filesystem::path& folder, const PolicyFileLimits& limits);

struct PolicyFileContent {
  std::vector<policy::TracingPolicy> policies;
  std::vector<std::string> problems;  // "FILE:LINE: spec.sampling.owner: …"; the policies count only without any
  std::vector<std::string> warnings;
};

// Every document of every file: TracingPolicies, or Lists of them. Anything else is a problem, a typing error in `kind`
// must not go unnoticed; so is one name in two places.
PolicyFileContent decode_policy_files(const std::vector<PolicyFile>& files, const std::string& root_namespace);

}  // namespace meshtrace::webhook
