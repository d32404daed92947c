// Findings as a running program holds them: for each check and object what the check said last, within limits that no
// namespace's objects can break. What is over a limit is counted and not kept.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/check.h"
#include "core/audit/finding.h"
#include "core/audit/kinds.h"

namespace meshtrace::audit {

struct SubjectKey {
  Kind kind = Kind::kPod;
  std::string ns;
  std::string name;
  friend auto operator<=>(const SubjectKey&, const SubjectKey&) = default;
};
SubjectKey key_of(const Object& object);

struct KeepLimits {
  // A list of a thousand routes is one mistake, made a thousand times.
  std::size_t per_subject = 20;
  // About a kilobyte each: a namespace's user can take some megabytes of the program's memory, and no more.
  std::size_t per_namespace = 5'000;
};

using BySeverity = std::array<std::size_t, 3>;  // by Severity

class KeptFindings {
 public:
  explicit KeptFindings(KeepLimits limits = {}) : limits_(limits) {}

  // What one check said about one object: everything that it found, and how much of that is not wanted.
  struct Said {
    std::vector<Finding> findings;
    std::size_t suppressed = 0;
  };
  // True where anything is other than before.
  bool put(const Check& check, const SubjectKey& subject, Said said);
  bool forget(const Check& check, const SubjectKey& subject);

  struct Entry {
    std::vector<Finding> findings;
    BySeverity omitted{};  // over the limits
    std::size_t suppressed = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  using Entries = std::map<SubjectKey, Entry>;
  // Of one check; those that said nothing are not there.
  [[nodiscard]] const Entries& of(const Check& check) const;
  [[nodiscard]] const std::map<const Check*, Entries>& all() const { return entries_; }

 private:
  KeepLimits limits_;
  std::map<const Check*, Entries> entries_;
  std::map<std::string, std::size_t> kept_;  // findings by the namespace of their subject
};

// How many of each severity, and what was not wanted.
struct Summary {
  BySeverity findings{};
  std::size_t suppressed = 0;
  [[nodiscard]] std::size_t of(Severity severity) const { return findings[static_cast<std::size_t>(severity)]; }
  friend bool operator==(const Summary&, const Summary&) = default;
};

// Everything that is kept, counted.
struct Tally {
  std::vector<Finding> findings;  // sorted by namespace, code, object and field; none twice
  // Findings that are counted only, by namespace and group ("01").
  std::map<std::pair<std::string, std::string>, std::size_t> omitted;
  std::map<std::string, Summary> by_namespace;  // "": cluster-scoped objects
  Summary total;
  std::map<std::pair<std::string, Severity>, std::size_t> by_code;
};
// `counts`: whether what a check said about a subject takes part; empty: all does.
using Counts = std::function<bool(const Check&, const SubjectKey&)>;
class Tallier {
 public:
  void add(const KeptFindings& kept, const Counts& counts = {});
  Tally finish();

 private:
  Tally tally_;
};

}  // namespace meshtrace::audit
