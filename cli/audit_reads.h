// What an audit of a cluster reads, as values: the reader asks for nothing else, and --permissions prints it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/audit/kinds.h"

namespace meshtrace::cli {

// The kinds that the checks of these codes look at, but ConfigMaps, in the order of the enum. A cluster's ConfigMaps
// hold whatever people put into them, so only some are read (audit_config_maps.h); Secrets never are.
std::vector<audit::Kind> kinds_to_list(const std::vector<std::string_view>& codes);
bool reads_config_maps(const std::vector<std::string_view>& codes);

// Where the group versions that an API server serves are listed.
inline constexpr const char* kGroupsPath = "/apis";

// `kubectl auth can-i …`, one line for each right that is needed. Nothing is asked.
std::string permission_commands(const std::vector<std::string_view>& codes, const std::string& root_namespace);

}  // namespace meshtrace::cli
