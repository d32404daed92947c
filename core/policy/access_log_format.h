// Envoy's access-log format strings: "%REQ(TRACEPARENT)% %DURATION%". Checks the syntax and that each command operator
// is one that Envoy documents, because an unknown one makes Envoy refuse the whole listener. Which Envoy version knows
// which operator is not decided here.
// Source: Envoy documentation, "Substitution Formatter", and its parser (source/common/formatter).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::policy {

struct AccessLogProblem {
  enum class Kind {
    kInvalid,   // Envoy would refuse it
    kReadsHost  // valid, but it can read a proxy's environment, files or secrets
  } kind = Kind::kInvalid;
  std::string message;
};

// A command of a format: "%REQ(TRACEPARENT)%" is REQ with TRACEPARENT.
struct AccessLogCommand {
  std::string name;
  std::string arguments;  // what stands in the parentheses
};

// Every command, those that COALESCE names among them, up to the first % that begins none.
[[nodiscard]] std::vector<AccessLogCommand> access_log_commands(std::string_view format);

// At most kMaxAccessLogProblems, in the order of the text.
inline constexpr std::size_t kMaxAccessLogProblems = 10;
[[nodiscard]] std::vector<AccessLogProblem> check_access_log_format(std::string_view format);

}  // namespace meshtrace::policy
