#include "core/policy/labels.h"

#include <algorithm>

namespace meshtrace::policy {
namespace {

constexpr std::size_t kMaxName = 63;        // characters of a label's name and value
constexpr std::size_t kMaxSubdomain = 253;  // characters

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alphanumeric(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

bool is_label_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_dns_label(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

}  // namespace

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > kMaxSubdomain) return false;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_dns_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_dns_label(text);
}

bool is_label_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_name(text);
  return is_dns_subdomain(text.substr(0, slash)) && is_label_name(text.substr(slash + 1));
}

bool is_label_value(std::string_view text) { return text.empty() || is_label_name(text); }

bool matches(const std::map<std::string, std::string>& match_labels, const Labels& labels) {
  return std::all_of(match_labels.begin(), match_labels.end(), [&](const auto& wanted) {
    return std::any_of(labels.begin(), labels.end(),
                       [&](const auto& label) { return label.first == wanted.first && label.second == wanted.second; });
  });
}

}  // namespace meshtrace::policy
