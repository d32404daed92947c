// Rules that join several fields of one policy, and what no schema can say. The CRD states the first kind in CEL, too.
#pragma once

#include <nlohmann/json.hpp>

#include "core/policy/findings.h"

namespace meshtrace::policy {

struct RuleContext {
  bool in_root_namespace = false;
  // Namespace of the mesh's policies, for messages.
  std::string_view root_namespace;
};

// `spec` holds the fields that passed check_value().
void check_rules(const nlohmann::json& spec, const RuleContext& context, Report& report);

}  // namespace meshtrace::policy
