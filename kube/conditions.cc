#include "kube/conditions.h"

#include <algorithm>

#include "kube/json.h"
#include "kube/reply.h"

namespace meshtrace::kube {

bool set_condition(nlohmann::json& conditions, const Condition& condition, WallTime now) {
  if (!conditions.is_array()) conditions = nlohmann::json::array();
  const auto known = std::find_if(conditions.begin(), conditions.end(), [&](const nlohmann::json& other) {
    return string_or_empty(other, "type") == condition.type;
  });
  const bool same_status = known != conditions.end() && string_or_empty(*known, "status") == condition.status;
  std::string since = same_status ? string_or_empty(*known, "lastTransitionTime") : std::string();
  if (since.empty()) since = format_time(now);
  nlohmann::json wanted = {{"type", condition.type},
                           {"status", condition.status},
                           {"reason", condition.reason},
                           {"message", cut(condition.message, kMaxConditionMessageBytes)},
                           {"lastTransitionTime", since}};
  if (condition.observed_generation != 0) wanted["observedGeneration"] = condition.observed_generation;
  if (known == conditions.end()) {
    conditions.push_back(std::move(wanted));
    return true;
  }
  if (*known == wanted) return false;
  *known = std::move(wanted);
  return true;
}

}  // namespace meshtrace::kube
