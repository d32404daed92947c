#include "kube/reply.h"

#include <fmt/format.h>

#include "kube/json.h"

namespace meshtrace::kube {
namespace {

constexpr std::string_view kEllipsis = "…";

// Without the last character, which may have been cut in its middle: UTF-8's continuation bytes are 10xxxxxx.
std::string_view whole_characters(std::string_view text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.remove_suffix(1);
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  return std::string(whole_characters(text.substr(0, limit - kEllipsis.size()))).append(kEllipsis);
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() <= limit) return out;
  out.resize(whole_characters(out).size());
  return out.append(kEllipsis);
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
