// The command operators that Envoy documents for access-log formats, and what may follow each name.
#pragma once

#include <span>
#include <string_view>

namespace meshtrace::policy {

enum class Arguments { kNone, kOptional, kRequired };

// `since` of operators that need a formatter in the log's configuration, which Istio does not write.
inline constexpr int kNoProxyOfIstio = 1'000'000;

struct AccessLogOperator {
  std::string_view name;
  Arguments arguments = Arguments::kNone;
  bool takes_length = false;  // ":Z" after the arguments
  bool reads_host = false;    // a variable, a file or a secret of the proxy's
  // The minor version of the Envoy 1.x that knows it; 0: every Envoy that a supported Istio has run (1.22 and later).
  int since = 0;
  int arguments_since = 0;  // likewise of optional arguments, where they came later
};

// Null for a name that Envoy does not document.
[[nodiscard]] const AccessLogOperator* find_access_log_operator(std::string_view name);

// All names, for the nearest match.
[[nodiscard]] std::span<const std::string_view> access_log_operator_names();

}  // namespace meshtrace::policy
