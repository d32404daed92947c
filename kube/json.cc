#include "kube/json.h"

#include <fmt/format.h>

#include <utility>

namespace meshtrace::kube {
namespace {

bool deeper_than(std::string_view text, int limit) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string name, std::string_view text) {
  if (deeper_than(text, kMaxJsonDepth)) {
    return fail(std::move(name), fmt::format("JSON nested more than {} levels deep", kMaxJsonDepth));
  }
  auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return fail(std::move(name), fmt::format("not JSON ({} bytes)", text.size()));
  return value;
}

std::string string_or_empty(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string metadata_string(const nlohmann::json& object, std::string_view key) {
  const auto metadata = object.find("metadata");
  return metadata == object.end() ? std::string() : string_or_empty(*metadata, key);
}

}  // namespace meshtrace::kube
