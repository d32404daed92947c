// Globs for names (of containers): `*` is any run of characters, `?` any single one; everything else is itself.
// There are no classes and no escapes, because no Kubernetes name contains a character that would need them.
#pragma once

#include <string_view>

namespace meshtrace::policy {

// Whether the whole of `name` matches. Constant memory and at most pattern × name steps, so that a hostile pattern
// costs no more than a long one.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view name);

// Whether the pattern has a wildcard; one without matches exactly one name.
[[nodiscard]] bool is_glob(std::string_view pattern);

}  // namespace meshtrace::policy
