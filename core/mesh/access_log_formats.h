// Facts about access logs: what Istio logs where the mesh states no format, and the request headers of each preset.
// Source: Istio, "Envoy Access Logs", and pilot/pkg/model/telemetry_logging.go; the propagators' own documents.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/mesh/version.h"

namespace meshtrace::mesh {

// With its final newline. As today's Istio has it; for an older Envoy in the operators that it knows.
std::string default_text_format(const std::optional<Version>& envoy = {});
// An object of strings.
nlohmann::json default_json_format(const std::optional<Version>& envoy = {});

// The headers of a preset ("W3C", "B3", …) in lower case; none for a name that is no preset.
std::span<const std::string_view> headers_of_preset(std::string_view preset);

}  // namespace meshtrace::mesh
