#include "core/mesh/refusal.h"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace::mesh {

const Target* refusal_of(const Facts& facts, const PolicyKey& policy, const Target& place) {
  const auto recorded = facts.recorded.find(policy);
  if (recorded == facts.recorded.end()) return nullptr;
  const auto found = std::find_if(recorded->second.begin(), recorded->second.end(), [&](const Target& target) {
    return (target.state == kStateRejected || target.state == kStateReverted) && target.kind == place.kind &&
           target.ns == place.ns && target.name == place.name && target.field == place.field &&
           target.applied == place.applied;
  });
  return found == recorded->second.end() ? nullptr : &*found;
}

Problem refusal_problem(const Target& refused) {
  const std::string where = fmt::format("{} {}/{} {}", refused.kind, refused.ns, refused.name, refused.field);
  if (refused.state == kStateRejected) {
    return {Problem::About::kProgrammed, kReasonRejected,
            fmt::format("{} was taken back, because proxies refused it: {}. It is tried again when the policy changes",
                        where, refused.message.empty() ? "no message is known" : refused.message)};
  }
  return {Problem::About::kProgrammed, kReasonReverted,
          fmt::format("{} is not written any more, because {} keeps changing it: let it carry this value or leave the "
                      "field alone. It is tried again when the policy changes",
                      where, refused.message.empty() ? "another manager" : refused.message)};
}

}  // namespace meshtrace::mesh
