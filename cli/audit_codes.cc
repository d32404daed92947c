#include "cli/audit_codes.h"

#include <algorithm>
#include <cctype>

#include "core/audit/table.h"
#include "core/policy/text.h"

namespace meshtrace::cli {
namespace {

constexpr std::string_view kPrefix = "MT";

std::string upper(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

std::vector<std::string> known_codes() {
  std::vector<std::string> known;
  for (const audit::Check* check : audit::checks()) known.emplace_back(check->code);
  for (const audit::Group& group : audit::groups()) known.push_back(std::string(kPrefix).append(group.number));
  return known;
}

// By itself or by its group.
bool names(const std::set<std::string>& codes, std::string_view code) {
  return codes.contains(std::string(code)) || codes.contains(std::string(code.substr(0, 4)));
}

}  // namespace

bool looks_like_code(std::string_view word) {
  return word.size() > kPrefix.size() && upper(word.substr(0, kPrefix.size())) == kPrefix &&
         std::isdigit(static_cast<unsigned char>(word[kPrefix.size()])) != 0;
}

Result<std::string> parse_code(std::string_view word) {
  std::string code = upper(word);
  const std::vector<std::string> known = known_codes();
  if (std::find(known.begin(), known.end(), code) != known.end()) return code;
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  return fail("", "no check or group has the code " + policy::in_quotes(word) + policy::did_you_mean(code, candidates) +
                      "; kubectl meshtrace explain --all-checks shows all");
}

Result<std::set<std::string>> parse_codes(const std::string& option, const std::vector<std::string>& words) {
  std::set<std::string> codes;
  for (const std::string& word : words) {
    for (std::string_view rest = word; !rest.empty();) {
      const std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      auto code = parse_code(one);
      if (!code) return fail(option, std::move(code.error().what));
      codes.insert(*std::move(code));
    }
  }
  return codes;
}

std::vector<std::string_view> selected_codes(const std::set<std::string>& include,
                                             const std::set<std::string>& exclude) {
  std::vector<std::string_view> codes;
  for (const audit::Check* check : audit::checks()) {
    if ((include.empty() || names(include, check->code)) && !names(exclude, check->code)) codes.push_back(check->code);
  }
  return codes;
}

}  // namespace meshtrace::cli
