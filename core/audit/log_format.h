// The format in which a provider of the mesh logs requests, and whether its lines show the trace.
// Source: Istio, pilot/pkg/model/telemetry_logging.go.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace meshtrace::audit {

struct LogFormat {
  std::string text;     // empty with `json`, and for Istio's default
  nlohmann::json json;  // an object where lines are JSON
  // Where it is, or would be, stated, below the mesh's configuration: "accessLogFormat",
  // "extensionProviders[1].envoyFileAccessLog.logFormat". Empty: there is no place for one.
  std::string path;
  bool has_trace_id = false;  // beside the format: OpenTelemetry log records have the span's ids
};

// Where the mesh's own format stands.
inline constexpr std::string_view kMeshFormatPath = "accessLogFormat";

// accessLogFormat in accessLogEncoding; with JSON and a format that is no JSON object Istio's default, as istiod does
// it.
LogFormat mesh_log_format(const nlohmann::json& mesh_config);

// Of the provider of that name; the built-in `envoy` without one of its own has the mesh's.
LogFormat log_format_of(const nlohmann::json& mesh_config, std::string_view provider);

// Whether lines show which trace a request belonged to, by any header that tells one.
bool shows_trace(const LogFormat& format);

}  // namespace meshtrace::audit
