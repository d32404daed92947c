// Trace headers that the configuration of an Envoy filter writes, wherever in it that stands: Lua code, header
// mutations, and the request_headers_to_add and _to_remove of route configuration.
// Sources: Envoy, envoy.config.common.mutation_rules.v3, envoy.config.route.v3, "Lua filter".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/audit/header_changes.h"

namespace meshtrace::audit {

struct FilterWrite {
  HeaderChange change;     // `field` is the entry's, or that of the Lua code
  bool is_early = false;   // before the proxy's tracer reads the request: it cannot write the header again
  bool is_certain = true;  // false: behind a branch of Lua code, or a value that is computed
  int lua_line = 0;        // of the code; 0: no Lua
};

// Of a patch's value, which stands at `field` of `by`.
std::vector<FilterWrite> filter_writes(const Object& by, const nlohmann::json& value, const std::string& field);

// Of Lua code at `field`.
std::vector<FilterWrite> lua_filter_writes(const Object& by, const std::string& code, const std::string& field);

// Of a Wasm plugin's settings, as far as words and header names tell: {"remove_headers": ["traceparent"]}.
std::vector<FilterWrite> plugin_writes(const Object& by, const nlohmann::json& settings, const std::string& field);

}  // namespace meshtrace::audit
