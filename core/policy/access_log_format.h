// Envoy's access-log format strings: "%REQ(TRACEPARENT)% %DURATION%". Checks the syntax and that each command operator
// is one that Envoy documents, because an unknown one makes Envoy refuse the whole listener. Which Envoy version knows
// which operator is not decided here.
// Source: Envoy documentation, "Substitution Formatter", and its parser (source/common/formatter).
#pragma once

#include <cstddef>
#include <optional>
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

// A format taken apart, in its order: the text before a command ("%%" is a percent sign there), and the command. The
// last part may have text alone.
struct AccessLogPart {
  std::string literal;
  std::optional<AccessLogCommand> command;
  std::optional<std::size_t> max_length = {};  // Z of "%REQ(X):Z%": bytes that are logged of the value
};

// None where a % begins no command: Envoy takes no such format.
[[nodiscard]] std::optional<std::vector<AccessLogPart>> split_access_log_format(std::string_view format);

// At most kMaxAccessLogProblems, in the order of the text.
inline constexpr std::size_t kMaxAccessLogProblems = 10;
[[nodiscard]] std::vector<AccessLogProblem> check_access_log_format(std::string_view format);

}  // namespace meshtrace::policy
