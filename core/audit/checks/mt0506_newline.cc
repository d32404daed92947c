#include <string>
#include <string_view>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/log_formats.h"
#include "core/audit/checks/mesh_settings.h"

namespace meshtrace::audit {
namespace {

constexpr std::string_view kLineEnds = "\r\n";

// The text without its line ends behind.
std::string_view body_of(std::string_view text) { return text.substr(0, text.find_last_not_of(kLineEnds) + 1); }

// Lines joined by a space, where none stands yet.
std::string in_one_line(std::string_view body) {
  std::string line;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find_first_of(kLineEnds, at), body.size());
    const bool needs_space = !line.empty() && end > at && line.back() != ' ' && body[at] != ' ';
    line += (needs_space ? " " : "") + std::string(body.substr(at, end - at));
    at = end + 1;
  }
  return line + "\n";
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  for (const LogFormat& format : formats_in_use(model, *mesh)) {
    const std::string_view body = body_of(format.text);
    if (body.find_first_of(kLineEnds) == std::string_view::npos) continue;
    LogFormat mended = format;
    mended.text = in_one_line(body);
    findings.add(
        subject,
        "Each request is logged in several lines, which log collectors take for several requests: the format has "
        "a newline inside.",
        {.field = field_of(*mesh, format.path), .fix = mesh_fix(*mesh, {setting_of(*mesh, mended)})});
  }
}

}  // namespace

const Check kNewline{
    .code = "MT0506",
    .severity = Severity::kWarning,
    .title = "newline inside the access log format",
    .effect = "traceparent is in another log line than the request it belongs to.",
    .page =
        R"(A text format with a line end in its middle gives several lines a request. It comes from YAML: a block scalar with
`|` keeps the line ends between its lines (an example that is widely copied has one before the fields that it adds). The
collector then stores two records, of which one has the request and the other the trace.

Write the format in one line, or with `>-`, which folds lines into one. One line end at the very end is right; istiod adds
it where it is missing.

Sources: Istio, MeshConfig.accessLogFormat; YAML 1.2.2, section 8.1.)",
    .subjects = kMeshHolders,
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
