// What MT0601 and MT0605 have in common: two limits, of bytes and of fields, looked at in one way.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/audit/check.h"
#include "core/audit/checks/header_drop.h"
#include "core/audit/path_limits.h"

namespace meshtrace::audit {

struct LimitWords {
  LimitKind kind;
  const char* name = "";    // of the limit in Envoy
  const char* unit = "";    // "KiB", "header fields"
  const char* filter = "";  // a name for the EnvoyFilter that mends it
  int default_value = 0;    // Envoy's
};

// Reports the hop at which a request that was let in fails, for the object to edit.
void report_drop(const Model& model, const Object& subject, const LimitWords& words, const std::string& field,
                 Findings& findings);

// An EnvoyFilter of the namespace that merges the settings into each of its connection managers.
nlohmann::json connection_manager_filter(const std::string& name, const std::string& ns, nlohmann::json settings);

}  // namespace meshtrace::audit
