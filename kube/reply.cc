#include "kube/reply.h"

#include <fmt/format.h>

#include "kube/json.h"

namespace meshtrace::kube {

std::string printable(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() <= limit) return out;
  // Not in the middle of a UTF-8 sequence: continuation bytes are 10xxxxxx.
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
  if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
  return out + "…";
}

std::string describe_status(int code, const nlohmann::json& status) {
  if (string_or_empty(status, "kind") != "Status") return fmt::format("HTTP status {}", code);
  const std::string reason = string_or_empty(status, "reason");
  const std::string message = string_or_empty(status, "message");
  return fmt::format("{} {}: {}", code, printable(reason.empty() ? "Status" : reason), printable(message));
}

std::string describe_refusal(const Reply& reply) {
  return describe_status(reply.status, parse_json({}, reply.body).value_or(nlohmann::json()));
}

}  // namespace meshtrace::kube
