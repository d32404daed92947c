// What an audit is about: the objects of files or of a cluster, and what of them could not be read.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/input.h"
#include "core/audit/kinds.h"
#include "core/audit/object.h"
#include "core/base/result.h"

namespace meshtrace::cli {

struct AuditInput {
  std::vector<audit::ObjectPointer> objects;
  std::vector<Error> problems;  // each makes the result partial
  std::size_t seen = 0;         // objects of any kind
  bool is_cluster = false;
  audit::Kinds unread;          // of a cluster: not served, not allowed, cut off, or not asked for
  std::vector<Source> sources;  // whose texts the objects' places are views of
};

struct AuditFiles {
  std::vector<std::string> paths;  // -f
  std::string ns = "default";      // of objects that name none
  bool recursive = false;
};
// An error is what nothing can be said about: a path that is not there, files without a single object.
Result<AuditInput> read_audit_files(const AuditFiles& options, const Environment& environment);

}  // namespace meshtrace::cli
