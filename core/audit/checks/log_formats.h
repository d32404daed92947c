// The access-log formats of a mesh that proxies are given: the mesh's own, and those of the providers that something
// names.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/audit/log_format.h"
#include "core/audit/model.h"

namespace meshtrace::audit {

// Whether the mesh's own format is what some proxies log.
bool uses_mesh_format(const Model& model, const MeshRevision& mesh);

// accessLogEncoding is JSON and accessLogFormat is no JSON object: istiod takes its default.
bool is_wrongly_encoded(const MeshRevision& mesh);

// Of those that log to a file or by OpenTelemetry.
std::vector<LogFormat> formats_in_use(const Model& model, const MeshRevision& mesh);

// The same with traceparent and tracestate.
LogFormat with_trace(const Model& model, const LogFormat& format);

// What sets the format as it is given, for mesh_fix().
std::pair<std::string, nlohmann::json> setting_of(const MeshRevision& mesh, const LogFormat& format);

}  // namespace meshtrace::audit
