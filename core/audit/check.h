// A check: one pure function over a snapshot, with everything that is to be known about it. Each stands in a file of
// its own in checks/, and in one table (table.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/finding.h"
#include "core/audit/kinds.h"

namespace meshtrace::audit {

struct Model;

// What a check has to say about the object that it was called for.
class Findings {
 public:
  Findings(std::string_view code, Severity severity, std::vector<Finding>& out)
      : code_(code), severity_(severity), out_(out) {}

  struct Details {
    std::string field = {};
    std::string fix = {};
    std::optional<Hop> hop = {};
    std::optional<Severity> severity = {};  // absent: the check's own
  };
  void add(const Object& object, std::string message, Details details);

 private:
  std::string_view code_;
  Severity severity_;
  std::vector<Finding>& out_;
};

struct Check {
  std::string_view code;
  Severity severity = Severity::kWarning;  // of most of its findings
  std::string_view title;                  // a few words: "route removes a trace header"
  std::string_view effect;                 // one sentence: what is seen in the traces
  std::string_view page;                   // Markdown: why it happens, what it looks like, how to mend it, sources
  Kinds subjects;                          // run() is called once for each object of these kinds
  Kinds reads;                             // what else it looks up: a change there makes all its findings stale
  void (*run)(const Model& model, const Object& subject, Findings& findings) = nullptr;
};

}  // namespace meshtrace::audit
