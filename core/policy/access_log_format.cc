#include "core/policy/access_log_format.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "core/policy/access_log_operators.h"
#include "core/policy/text.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;
using Kind = AccessLogProblem::Kind;
using Problems = std::vector<AccessLogProblem>;

constexpr std::size_t kMaxLengthDigits = 9;  // of ":Z"; more would overflow Envoy's number

struct Command {
  std::string_view name;
  std::optional<std::string_view> arguments;
  std::optional<std::size_t> length;  // of ":Z"
};

bool is_name_character(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// The position behind ":Z%" or "%" at `at`, if that is what stands there.
std::optional<std::size_t> end_of_command(std::string_view text, std::size_t at, std::optional<std::size_t>& length) {
  if (at < text.size() && text[at] == ':') {
    std::size_t digit = at + 1;
    while (digit < text.size() && text[digit] >= '0' && text[digit] <= '9') ++digit;
    if (digit == at + 1 || digit - at - 1 > kMaxLengthDigits) return std::nullopt;
    length = 0;
    for (++at; at < digit; ++at) *length = *length * 10 + static_cast<std::size_t>(text[at] - '0');
  }
  if (at < text.size() && text[at] == '%') return at + 1;
  return std::nullopt;
}

// Reads the command whose "%" stands before `at` and moves `at` behind it. Envoy takes the first ")" that a length or
// the closing "%" follows, so that parentheses and percent signs may stand among the arguments.
std::optional<Command> read_command(std::string_view text, std::size_t& at) {
  Command command;
  std::size_t end = at;
  while (end < text.size() && is_name_character(text[end])) ++end;
  command.name = text.substr(at, end - at);
  if (command.name.empty()) return std::nullopt;
  if (end == text.size() || text[end] != '(') {
    const auto behind = end_of_command(text, end, command.length);
    if (behind) at = *behind;
    return behind ? std::optional(command) : std::nullopt;
  }
  const std::size_t open = end + 1;
  for (std::size_t close = text.find(')', open); close != std::string_view::npos; close = text.find(')', close + 1)) {
    command.length.reset();
    if (const auto behind = end_of_command(text, close + 1, command.length)) {
      command.arguments = text.substr(open, close - open);
      at = *behind;
      return command;
    }
  }
  return std::nullopt;
}

// The list of what COALESCE tries in turn; null where the argument is no such JSON.
const json* coalesced(const json& arguments) {
  const auto operators = arguments.is_object() ? arguments.find("operators") : arguments.end();
  return operators != arguments.end() && operators->is_array() ? &*operators : nullptr;
}

// One of them: a name, or an object with a command. None where it is neither. Views into the entry.
std::optional<Command> coalesced_command(const json& entry) {
  const json* name = entry.is_object() && entry.contains("command") ? &entry["command"] : &entry;
  if (!name->is_string()) return std::nullopt;
  Command command{name->get_ref<const std::string&>(), std::nullopt, std::nullopt};
  if (entry.is_object() && entry.contains("max_length")) command.length = 0;  // that there is one is what counts
  if (entry.contains("param") && entry["param"].is_string()) {
    command.arguments = entry["param"].get_ref<const std::string&>();
  }
  return command;
}

void check_operator(const Command& command, Problems& problems);

// COALESCE names further operators in JSON, so that one of them could read what a namespace must not.
void check_coalesce(std::string_view arguments, Problems& problems) {
  const json parsed = json::parse(arguments, nullptr, /*allow_exceptions=*/false);
  const json* operators = coalesced(parsed);
  if (operators == nullptr) {
    problems.push_back(
        {Kind::kInvalid, R"(%COALESCE(…)% must hold a JSON object such as {"operators": ["TRACE_ID"]})"});
    return;
  }
  for (const json& entry : *operators) {
    if (const auto command = coalesced_command(entry)) {
      check_operator(*command, problems);
    } else {
      problems.push_back({Kind::kInvalid, "each of COALESCE's operators must be a name or an object with a command"});
    }
  }
}

void collect(const Command& command, std::vector<AccessLogCommand>& commands) {
  commands.push_back({std::string(command.name), std::string(command.arguments.value_or(""))});
  if (command.name != "COALESCE") return;
  const json parsed = json::parse(command.arguments.value_or(""), nullptr, /*allow_exceptions=*/false);
  const json* operators = coalesced(parsed);
  for (const json& entry : operators != nullptr ? *operators : json::array()) {
    if (const auto tried = coalesced_command(entry)) collect(*tried, commands);
  }
}

void check_operator(const Command& command, Problems& problems) {
  const AccessLogOperator* known = find_access_log_operator(command.name);
  const auto invalid = [&](std::string_view what) {
    problems.push_back({Kind::kInvalid, fmt::format("operator {}: {}", in_quotes(command.name), what)});
  };
  if (known == nullptr) {
    invalid("Envoy knows no such operator" + did_you_mean(command.name, access_log_operator_names()));
    return;
  }
  if (known->arguments == Arguments::kRequired && command.arguments.value_or("").empty()) {
    invalid("needs an argument in parentheses");
  } else if (known->arguments == Arguments::kNone && command.arguments) {
    invalid("takes no arguments");
  } else if (command.length && !known->takes_length) {
    invalid("takes no length");
  } else if (command.name == "COALESCE") {
    check_coalesce(*command.arguments, problems);
  } else if (known->reads_host) {
    problems.push_back({Kind::kReadsHost, fmt::format("%{}(…)% can read what the proxy keeps to itself", known->name)});
  }
}

}  // namespace

std::vector<AccessLogCommand> access_log_commands(std::string_view format) {
  std::vector<AccessLogCommand> commands;
  for (std::size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%', at)) {
    ++at;
    if (at < format.size() && format[at] == '%') {
      ++at;
      continue;
    }
    const auto command = read_command(format, at);
    if (!command) break;
    collect(*command, commands);
  }
  return commands;
}

std::optional<std::vector<AccessLogPart>> split_access_log_format(std::string_view format) {
  std::vector<AccessLogPart> parts(1);
  for (std::size_t at = 0; at < format.size();) {
    std::string& literal = parts.back().literal;
    if (format[at] != '%') {
      literal += format[at++];
      continue;
    }
    ++at;
    if (at < format.size() && format[at] == '%') {
      literal += format[at++];
    } else if (const auto command = read_command(format, at)) {
      parts.back().command = {std::string(command->name), std::string(command->arguments.value_or(""))};
      parts.back().max_length = command->length;
      parts.emplace_back();
    } else {
      return std::nullopt;
    }
  }
  if (parts.back().literal.empty()) parts.pop_back();
  return parts;
}

std::vector<AccessLogProblem> check_access_log_format(std::string_view format) {
  Problems problems;
  std::size_t at = format.find('%');
  while (at != std::string_view::npos && problems.size() < kMaxAccessLogProblems) {
    const std::size_t start = at++;
    if (at < format.size() && format[at] == '%') {
      ++at;  // "%%" is a percent sign
    } else if (const auto command = read_command(format, at)) {
      check_operator(*command, problems);
    } else {
      problems.push_back(
          {Kind::kInvalid,
           fmt::format("the % of {} at character {} begins no command such as %DURATION% or "
                       "%REQ(TRACEPARENT)%; a percent sign itself is written %%",
                       in_quotes(clipped(format.substr(start), 24)), characters(format.substr(0, start)) + 1)});
      break;  // where the next command begins is anybody's guess
    }
    at = format.find('%', at);
  }
  if (problems.size() > kMaxAccessLogProblems) problems.resize(kMaxAccessLogProblems);
  return problems;
}

}  // namespace meshtrace::policy
