#include "core/audit/kept_findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace meshtrace::audit {
namespace {

auto order_of(const Finding& finding) {
  return std::tie(finding.object.ns, finding.code, finding.object.kind, finding.object.name, finding.field,
                  finding.message);
}

void count(Tally& tally, const std::string& ns, std::string_view code, Severity severity, std::size_t findings) {
  const auto index = static_cast<std::size_t>(severity);
  tally.by_namespace[ns].findings[index] += findings;
  tally.total.findings[index] += findings;
  tally.by_code[{std::string(code), severity}] += findings;
}

void count_entry(Tally& tally, const Check& check, const SubjectKey& subject, const KeptFindings::Entry& entry) {
  for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kError}) {
    const std::size_t omitted = entry.omitted[static_cast<std::size_t>(severity)];
    if (omitted == 0) continue;
    count(tally, subject.ns, check.code, severity, omitted);
    tally.omitted[{subject.ns, std::string(check.code.substr(2, 2))}] += omitted;
  }
  if (entry.suppressed == 0) return;
  tally.by_namespace[subject.ns].suppressed += entry.suppressed;
  tally.total.suppressed += entry.suppressed;
}

}  // namespace

SubjectKey key_of(const Object& object) { return {object.kind, object.ref.ns, object.ref.name}; }

bool KeptFindings::put(const Check& check, const SubjectKey& subject, Said said) {
  Entries& entries = entries_[&check];
  const auto before = entries.find(subject);
  std::size_t& kept = kept_[subject.ns];
  if (before != entries.end()) kept -= before->second.findings.size();
  Entry entry;
  entry.suppressed = said.suppressed;
  for (Finding& finding : said.findings) {
    if (entry.findings.size() < limits_.per_subject && kept < limits_.per_namespace) {
      entry.findings.push_back(std::move(finding));
      ++kept;
    } else {
      ++entry.omitted[static_cast<std::size_t>(finding.severity)];
    }
  }
  if (kept == 0) kept_.erase(subject.ns);
  const bool is_empty = entry == Entry();
  if (before == entries.end()) {
    if (!is_empty) entries.emplace(subject, std::move(entry));
    return !is_empty;
  }
  if (entry == before->second) return false;
  if (is_empty) {
    entries.erase(before);
  } else {
    before->second = std::move(entry);
  }
  return true;
}

bool KeptFindings::forget(const Check& check, const SubjectKey& subject) { return put(check, subject, {}); }

const KeptFindings::Entries& KeptFindings::of(const Check& check) const {
  static const Entries kNone;
  const auto found = entries_.find(&check);
  return found == entries_.end() ? kNone : found->second;
}

void Tallier::add(const KeptFindings& kept, const Counts& counts) {
  for (const auto& [check, entries] : kept.all()) {
    for (const auto& [subject, entry] : entries) {
      if (counts && !counts(*check, subject)) continue;
      tally_.findings.insert(tally_.findings.end(), entry.findings.begin(), entry.findings.end());
      count_entry(tally_, *check, subject, entry);
    }
  }
}

Tally Tallier::finish() {
  auto& findings = tally_.findings;
  std::sort(findings.begin(), findings.end(),
            [](const Finding& one, const Finding& other) { return order_of(one) < order_of(other); });
  findings.erase(std::unique(findings.begin(), findings.end()), findings.end());
  for (const Finding& finding : findings) count(tally_, finding.object.ns, finding.code, finding.severity, 1);
  return std::move(tally_);
}

}  // namespace meshtrace::audit
