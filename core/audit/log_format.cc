#include "core/audit/log_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/base/letter_case.h"
#include "core/mesh/access_log.h"
#include "core/mesh/access_log_formats.h"
#include "core/mesh/tracing_provider.h"
#include "core/policy/access_log_format.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Presets whose headers tell a trace; RequestID and Baggage do not.
constexpr std::array<std::string_view, 7> kTracePresets{"W3C",     "B3",   "OpenTracing", "CloudTrace",
                                                        "Datadog", "XRay", "Jaeger"};

// tracestate alone names no trace.
bool is_trace_header(std::string_view header) {
  if (header == "tracestate") return false;
  return std::any_of(kTracePresets.begin(), kTracePresets.end(), [&](std::string_view preset) {
    const auto headers = mesh::headers_of_preset(preset);
    return std::find(headers.begin(), headers.end(), header) != headers.end();
  });
}

bool text_shows_trace(std::string_view text) {
  for (const policy::AccessLogCommand& command : policy::access_log_commands(text)) {
    if (command.name == "TRACE_ID") return true;
    if (command.name != "REQ" && command.name != "REQUEST_HEADER") continue;
    if (is_trace_header(in_lower_case(command.arguments.substr(0, command.arguments.find('?'))))) return true;
  }
  return false;
}

bool json_shows_trace(const json& value) {
  if (value.is_string()) return text_shows_trace(value.get_ref<const std::string&>());
  return value.is_structured() && std::any_of(value.begin(), value.end(), json_shows_trace);
}

}  // namespace

LogFormat mesh_log_format(const json& mesh_config) {
  const auto log = mesh::make_access_log(json::object(), mesh_config);
  LogFormat format;
  format.path = kMeshFormatPath;
  if (log.encoding == mesh::LogEncoding::kJson) {
    format.json = log.json;
  } else {
    format.text = string_member(mesh_config, {"accessLogFormat"});
  }
  return format;
}

LogFormat log_format_of(const json& mesh_config, std::string_view provider) {
  const json* entry = mesh::find_provider(mesh_config, provider);
  const std::string kind(kind_of_named(mesh_config, provider));
  const json* settings = entry == nullptr ? nullptr : find_member(*entry, {kind.c_str()});
  const bool is_plain =
      settings == nullptr || (!settings->contains("logFormat") && !settings->contains("omitEmptyValues"));
  const bool is_file = kind == "envoyFileAccessLog";
  if (is_file && is_plain && !kind_of_built_in(provider).empty()) return mesh_log_format(mesh_config);
  LogFormat format;
  format.has_trace_id = kind == "envoyOtelAls";
  if (settings == nullptr || (!is_file && !format.has_trace_id)) return format;
  const auto index = entry - &array_member(mesh_config, {"extensionProviders"}).front();
  format.path = fmt::format("extensionProviders[{}].{}.logFormat", index, kind);
  format.text = string_member(*settings, {"logFormat", "text"});
  if (const json* labels = find_member(*settings, {"logFormat", "labels"})) format.json = *labels;
  return format;
}

bool shows_trace(const LogFormat& format) {
  return format.has_trace_id || text_shows_trace(format.text) || json_shows_trace(format.json);
}

}  // namespace meshtrace::audit
