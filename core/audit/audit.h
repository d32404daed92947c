// The audit as one function: a snapshot in, sorted findings out.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "core/audit/check.h"
#include "core/audit/finding.h"
#include "core/audit/model.h"

namespace meshtrace::audit {

// On the object that a finding names, or on its Namespace: codes whose findings are wanted no more, separated by
// commas.
inline constexpr const char* kIgnoreAnnotation = "meshtrace.io/ignore";

struct Selection {
  std::set<std::string> include;     // codes, or groups as "MT01"; empty: all
  std::set<std::string> exclude;     // likewise
  std::set<std::string> namespaces;  // of the objects found fault with; empty: all, and cluster-scoped ones
};

struct Audited {
  std::vector<Finding> findings;  // sorted by file, object, code, field
  std::size_t suppressed = 0;     // by annotation or `exclude`
  std::size_t objects = 0;        // that were looked at
};

Audited run_audit(const Model& model, const Selection& selection);

// What one check says about one object, before anything is suppressed.
void run_check(const Check& check, const Model& model, const Object& subject, std::vector<Finding>& findings);

// Whether the object, or its Namespace, has the annotation for the code.
bool is_ignored(const Snapshot& snapshot, const ObjectRef& object, std::string_view code);

// File and line of each finding whose object came from a file.
void locate(const Snapshot& snapshot, std::vector<Finding>& findings);

}  // namespace meshtrace::audit
