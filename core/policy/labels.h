// Kubernetes labels: their syntax and matchLabels. matchExpressions do not exist in a TracingPolicy.
// Source: Kubernetes documentation, "Labels and Selectors", section "Syntax and character set".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::policy {

// A pod's labels, in any order.
using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

// An optional DNS subdomain of up to 253 characters and a slash, then a name of up to 63.
[[nodiscard]] bool is_label_key(std::string_view text);

// Empty, or up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends.
[[nodiscard]] bool is_label_value(std::string_view text);

// A lower-case DNS subdomain (RFC 1123), as names of Kubernetes objects are.
[[nodiscard]] bool is_dns_subdomain(std::string_view text);

// Whether every label of the selector is there with that value; an empty selector matches everything.
[[nodiscard]] bool matches(const std::map<std::string, std::string>& match_labels, const Labels& labels);

}  // namespace meshtrace::policy
