#include "kube/conflict.h"

#include "kube/json.h"
#include "kube/managed_fields.h"

namespace meshtrace::kube {
namespace {

constexpr std::size_t kMaxFieldBytes = 256;

// The message of a cause is `conflict with "helm" using v1`, or without a version; the name is the quoted part.
std::string manager_in(const std::string& message) {
  const auto begin = message.find('"');
  if (begin == std::string::npos) return printable(message, kMaxManagerBytes);
  std::string name;
  for (std::size_t at = begin + 1; at < message.size() && message[at] != '"'; ++at) {
    if (message[at] == '\\' && at + 1 < message.size()) ++at;
    name += message[at];
  }
  return printable(name, kMaxManagerBytes);
}

}  // namespace

std::vector<FieldConflict> conflicts_of(const Reply& reply) {
  std::vector<FieldConflict> conflicts;
  if (reply.status != kConflict) return conflicts;
  const auto status = parse_json({}, reply.body);
  if (!status || !status->is_object()) return conflicts;
  const auto causes = nlohmann::json::json_pointer("/details/causes");
  if (!status->contains(causes)) return conflicts;
  for (const auto& cause : status->at(causes)) {
    if (string_or_empty(cause, "reason") != "FieldManagerConflict") continue;
    conflicts.push_back(
        {manager_in(string_or_empty(cause, "message")), printable(string_or_empty(cause, "field"), kMaxFieldBytes)});
  }
  return conflicts;
}

}  // namespace meshtrace::kube
