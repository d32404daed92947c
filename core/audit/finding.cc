#include "core/audit/finding.h"

#include <utility>

#include "core/audit/check.h"

namespace meshtrace::audit {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

void Findings::add(const Object& object, std::string message, Details details) {
  Finding finding;
  finding.code = code_;
  finding.severity = details.severity.value_or(severity_);
  finding.message = std::move(message);
  finding.object = object.ref;
  finding.field = std::move(details.field);
  finding.fix = std::move(details.fix);
  finding.hop = std::move(details.hop);
  out_.push_back(std::move(finding));
}

}  // namespace meshtrace::audit
