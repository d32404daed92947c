// `$(NAME)` references in the value of a container's environment variable, as the kubelet reads them: `$$` is a dollar
// sign, `$(NAME)` a reference, any other `$` itself. Source: k8s.io/kubernetes/third_party/forked/golang/expansion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::trace {

// Names referred to, in order, once for each mention.
std::vector<std::string_view> references(std::string_view text);

// Text that reaches the application as it is: every dollar sign doubled.
std::string escape_dollars(std::string_view text);

// The text with `$(from)` as `$(to)`; escaped mentions stay.
std::string rename_reference(std::string_view text, std::string_view from, std::string_view to);

// "$(NAME)".
std::string reference(std::string_view name);

}  // namespace meshtrace::trace
