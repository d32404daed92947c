// Text of CEL expressions (Common Expression Language): literals, and the few phrases that our expressions repeat.
// Knows nothing of pods. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::inject::cel {

// 'text' as a string literal.
std::string literal(std::string_view text);

// ['a', 'b'] of texts; of expressions as they are.
std::string literals(const std::vector<std::string>& texts);
std::string list(const std::vector<std::string>& expressions);

// Kubernetes' CEL has no cel.bind(): `name` stands for the value of `expression` in `body`.
std::string bind(std::string_view name, std::string_view expression, std::string_view body);

// The RE2 pattern that matches what a glob of policy/glob.h matches.
std::string glob_pattern(std::string_view glob);

}  // namespace meshtrace::inject::cel
