#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cli/audit_output.h"
#include "cli/text.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

using audit::Finding;
using audit::Severity;

constexpr std::size_t kWidth = 100;  // columns; longer words, such as commands, are never broken
constexpr std::string_view kIndent = "    ";

// On one line and harmless: for what stands in a line of ours.
std::string cell(std::string_view text) {
  std::string out = printable(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  std::replace(out.begin(), out.end(), '\t', ' ');
  return out;
}

// SGR: bold red, bold yellow, bold blue.
std::string painted(Severity severity, std::string text, bool color) {
  if (!color) return text;
  const int number = severity == Severity::kError ? 31 : severity == Severity::kWarning ? 33 : 34;
  return fmt::format("\x1b[1;{}m{}\x1b[0m", number, text);
}

std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (column != 0 && column + 1 + word.size() > kWidth) {
      out += '\n';
      column = 0;
    }
    out += column == 0 ? indent : std::string_view(" ");
    column += (column == 0 ? indent.size() : 1) + word.size();
    out += word;
  }
  return out + "\n";
}

// A here-document ends only where its end stands at the first column.
std::string fix_text(const std::string& fix) {
  const std::string harmless = printable(fix);
  const bool is_command = harmless.starts_with("kubectl ");
  if (harmless.find('\n') != std::string::npos) {
    return fmt::format("{}fix, to be pasted as it stands:\n{}{}", kIndent, harmless,
                       harmless.ends_with('\n') ? "" : "\n");
  }
  if (is_command) return fmt::format("{}fix: {}\n", kIndent, harmless);
  return wrapped("fix: " + harmless, kIndent);
}

std::string place_of(const Finding& finding) {
  return finding.file.empty() ? "" : fmt::format("  {}:{}", cell(finding.file), finding.line);
}

std::string block(const Finding& finding, const TableOptions& options) {
  std::string out = fmt::format("  {}{}\n", cell(finding.object.title()), place_of(finding));
  if (options.wide) {
    if (!finding.field.empty()) out += fmt::format("{}field: {}\n", kIndent, cell(finding.field));
    if (finding.hop) out += fmt::format("{}hop: {} → {}\n", kIndent, cell(finding.hop->from), cell(finding.hop->to));
  }
  out += wrapped(cell(finding.message), kIndent);
  if (!finding.fix.empty()) out += fix_text(finding.fix);
  if (options.wide) out += fmt::format("{}docs: {}\n", kIndent, audit::docs_anchor(finding.code));
  return out;
}

std::string heading(const Finding& finding, bool color) {
  const audit::Check* check = audit::find_check(finding.code);
  const std::string severity(audit::name_of(finding.severity));
  return fmt::format("{} {}{}\n", painted(finding.severity, severity, color), finding.code,
                     check == nullptr ? "" : fmt::format(": {}", check->title));
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string summary(const AuditReport& report) {
  const Counts counts = count(report.audited.findings);
  std::string out =
      fmt::format("{}, {}, {} info", counted(counts.error, "error"), counted(counts.warning, "warning"), counts.info);
  if (report.audited.suppressed > 0) out += fmt::format(", {} suppressed", report.audited.suppressed);
  out += fmt::format("; {} looked at", counted(report.audited.objects, "object"));
  return out + (report.partial() ? "; PARTIAL: not everything could be read\n" : "\n");
}

}  // namespace

std::string audit_table(const AuditReport& report, const TableOptions& options) {
  std::vector<const Finding*> findings;
  for (const Finding& finding : report.audited.findings) findings.push_back(&finding);
  const auto group = [](const Finding* finding) {
    return std::tuple(-static_cast<int>(finding->severity), std::string_view(finding->code));
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding* one, const Finding* other) { return group(one) < group(other); });
  std::string out;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (i == 0 || group(findings[i - 1]) != group(findings[i])) out += heading(*findings[i], options.color);
    out += block(*findings[i], options) + "\n";
  }
  return out + summary(report);
}

}  // namespace meshtrace::cli
