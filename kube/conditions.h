// Conditions of a status (metav1.Condition): a list keyed by type, whose lastTransitionTime tells since when a status
// holds, not when it was last looked at.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "kube/time.h"

namespace meshtrace::kube {

// The schema's limit of a message; what is longer is cut.
inline constexpr std::size_t kMaxConditionMessageBytes = 32'768;

struct Condition {
  std::string type;
  std::string status;  // True, False or Unknown
  std::string reason;  // one CamelCase word
  std::string message;
  std::int64_t observed_generation = 0;  // 0: left out
};

// Puts the condition into the list, which is made one if it is none. lastTransitionTime stays where the status is as
// before. True when anything changed: a status that is as it should be is not to be written.
bool set_condition(nlohmann::json& conditions, const Condition& condition, WallTime now);

}  // namespace meshtrace::kube
