#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/log_formats.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/mesh/access_log.h"
#include "core/policy/access_log_format.h"
#include "core/policy/access_log_operators.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Newer than any: what is not known to have come later, this one takes.
constexpr mesh::Version kAnyEnvoy{1, 9999, 0};

void add_problems(std::string_view text, std::vector<std::string>& problems) {
  for (const policy::AccessLogProblem& problem : policy::check_access_log_format(text)) {
    if (problem.kind == policy::AccessLogProblem::Kind::kInvalid) problems.push_back(problem.message);
  }
}

void add_problems(const json& value, std::vector<std::string>& problems) {
  if (value.is_string()) return add_problems(std::string_view(value.get_ref<const std::string&>()), problems);
  if (!value.is_structured()) return;
  for (const json& member : value) add_problems(member, problems);
}

std::vector<std::string> problems_of(const Model& model, const LogFormat& format) {
  std::vector<std::string> problems;
  add_problems(std::string_view(format.text), problems);
  add_problems(format.json, problems);
  if (!problems.empty()) return problems;
  mesh::AccessLog log;
  log.encoding = format.json.is_object() ? mesh::LogEncoding::kJson : mesh::LogEncoding::kText;
  log.text = format.text;
  log.json = format.json;
  return mesh::refused_by(log, model.mesh.istio() ? mesh::envoy_of_istio(*model.mesh.istio()) : kAnyEnvoy);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The format with misspelt operators as they were meant; nothing where that does not mend it.
std::optional<LogFormat> corrected(const Model& model, LogFormat format) {
  if (format.json.is_object()) return std::nullopt;
  for (const policy::AccessLogCommand& command : policy::access_log_commands(format.text)) {
    if (policy::find_access_log_operator(command.name) != nullptr) continue;
    const std::string meant(policy::nearest(command.name, policy::access_log_operator_names()));
    if (meant.empty()) return std::nullopt;
    for (const char* behind : {"%", "(", ":"}) {
      replace_all(format.text, "%" + command.name + behind, "%" + meant + behind);
    }
  }
  return problems_of(model, format).empty() ? std::optional(format) : std::nullopt;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  for (const LogFormat& format : formats_in_use(model, *mesh)) {
    if (format.path == kMeshFormatPath && is_wrongly_encoded(*mesh)) continue;  // its default is logged
    const auto problems = problems_of(model, format);
    if (problems.empty()) continue;
    const auto mended = corrected(model, format);
    findings.add(
        subject,
        fmt::format("Proxies refuse every listener with this access log, keep the configuration of before, and "
                    "take no later change; a new proxy does not start. {}.",
                    fmt::join(problems, "; ")),
        {.field = field_of(*mesh, format.path),
         .fix = mended ? mesh_fix(*mesh, {setting_of(*mesh, *mended)})
                       : fmt::format("Take that out of {} in {}.", format.path, title_of(*mesh))});
  }
}

}  // namespace

const Check kRefusedFormat{
    .code = "MT0503",
    .severity = Severity::kError,
    .title = "access log format that Envoy refuses",
    .effect = "Proxies reject their listeners: running ones are frozen, new ones never become ready.",
    .page =
        R"(An access log format has a command operator that Envoy does not know (a misspelt one, or one that came with a later
release than the mesh's proxies are), or a `%` that begins none. Istio does not look at it; Envoy refuses the whole
listener, keeps the configuration of before and with it blocks every later change of that listener, also those that have
nothing to do with logs.

A percent sign itself is written `%%`. Operators that need a formatter which Istio does not configure are refused, too.
The finding's command puts in the nearest operator where there is one.

Limits: without a known version (`--istio-version`, istiod's image) operators count as known when any Envoy knows them.

Sources: Envoy, "Substitution Formatter" and its change logs; Istio, pilot/pkg/model/telemetry_logging.go.)",
    .subjects = kMeshHolders,
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
