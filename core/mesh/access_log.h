// Access-log formats that show the trace: the presets of traceHeaders appended to what the mesh logs by default, and
// the check that the proxies' Envoy version takes the result.
// Sources: Istio's default access log format; Envoy, "Access logging" and "Substitution Formatter".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/mesh/version.h"

namespace meshtrace::mesh {

enum class LogEncoding { kText, kJson };

struct AccessLog {
  std::optional<std::string> file;  // absent: what the mesh has, and /dev/stdout where it has none
  LogEncoding encoding = LogEncoding::kText;
  std::string text;     // kText: the whole format, with its final newline
  nlohmann::json json;  // kJson: the whole format, an object of strings
};

// `access_log` is proxy.accessLog of an effective policy ({"file", "encoding", "traceHeaders", "format",
// "jsonFormat"}). `mesh` is the mesh's configuration without our own entries: its accessLogFormat is what presets are
// appended to; where it has none, or one for the other encoding, Istio's default is. Without traceHeaders, format and
// jsonFormat that is the whole answer. Without encoding the mesh's holds. `envoy` is the oldest proxy's, absent where
// it is not known.
AccessLog make_access_log(const nlohmann::json& access_log, const nlohmann::json& mesh,
                          const std::optional<Version>& envoy = {});

// Why an Envoy of that version would refuse the format: one sentence for each operator that it does not know. Empty:
// it takes it. The grammar itself is policy/access_log_format.h's.
std::vector<std::string> refused_by(const AccessLog& access_log, const Version& envoy);

}  // namespace meshtrace::mesh
