// The command operators that Envoy documents for access-log formats, and what may follow each name.
#pragma once

#include <span>
#include <string_view>

namespace meshtrace::policy {

enum class Arguments { kNone, kOptional, kRequired };

struct AccessLogOperator {
  std::string_view name;
  Arguments arguments = Arguments::kNone;
  bool takes_length = false;  // ":Z" after the arguments
  bool reads_host = false;    // a variable, a file or a secret of the proxy's
};

// Null for a name that Envoy does not document.
[[nodiscard]] const AccessLogOperator* find_access_log_operator(std::string_view name);

// All names, for the nearest match.
[[nodiscard]] std::span<const std::string_view> access_log_operator_names();

}  // namespace meshtrace::policy
