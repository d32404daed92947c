// What inject and explain have in common before they start: manifests, policies, and what holds for all of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/environment.h"
#include "cli/objects.h"
#include "cli/policies.h"
#include "cli/scope.h"
#include "core/policy/index.h"

namespace meshtrace::cli {

struct FileOptions {
  std::vector<std::string> files;     // -f
  std::vector<std::string> policies;  // --policy
  std::string ns = "default";         // -n
  std::string root_namespace;         // --root-namespace
  bool recursive = false;             // -R
};

struct Session {
  Manifests manifests;
  Manifests policy_manifests;
  Scope scope;
  policy::Index index;
  std::string warnings;  // lines, for standard error
};

// Every error of every policy is an element of the list.
tl::expected<Session, std::vector<Error>> open_session(const FileOptions& options, const Environment& environment);

// -f and --policy both naming standard input, a namespace that is none.
Result<void> check(const FileOptions& options);

// Lines about policies that an older one of their level keeps out.
std::string conflict_warnings(const policy::Index& index);

// One Outcome for errors: each on its line, nothing on standard output.
Outcome failure(const std::vector<Error>& errors, int status = kFailed);

}  // namespace meshtrace::cli
