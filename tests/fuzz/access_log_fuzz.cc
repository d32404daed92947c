// Access-log formats: the check ends, its problems are bounded and printable, and what it accepts it accepts twice
// over.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/policy/access_log_format.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtrace;
  using Kind = policy::AccessLogProblem::Kind;
  const std::string format(reinterpret_cast<const char*>(data), size);
  // Policies are JSON, so formats are UTF-8: others never come here.
  try {
    (void)nlohmann::json(format).dump();
  } catch (const nlohmann::json::exception&) {
    return 0;
  }
  const auto problems = policy::check_access_log_format(format);
  fuzz::require(problems.size() <= policy::kMaxAccessLogProblems, "problems are bounded");
  bool invalid = false;
  for (const auto& problem : problems) {
    invalid = invalid || problem.kind == Kind::kInvalid;
    fuzz::require(!problem.message.empty(), "a problem says what");
    (void)nlohmann::json(problem.message).dump();  // throws where it is not UTF-8
  }
  fuzz::require(format.find('%') != std::string::npos || problems.empty(), "text without an operator is valid", format);
  if (invalid) return 0;
  for (const auto& problem : policy::check_access_log_format(format + " " + format)) {
    fuzz::require(problem.kind != Kind::kInvalid, "two valid formats make a valid one", problem.message);
  }
  return 0;
}
