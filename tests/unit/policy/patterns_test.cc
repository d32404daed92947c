#include "core/policy/patterns.h"

#include <gtest/gtest.h>
#include <regex.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::policy {
namespace {

// A POSIX extended regular expression, whose syntax has all that the patterns use but hexadecimal escapes.
class Regex {
 public:
  explicit Regex(std::string pattern) {
    const std::pair<std::string_view, char> escapes[] = {{R"(\x00)", '\x01'}, {R"(\x1f)", '\x1f'}, {R"(\x7f)", '\x7f'}};
    for (const auto& [escape, character] : escapes) {
      const std::size_t at = pattern.find(escape);
      if (at != std::string::npos) pattern.replace(at, escape.size(), 1, character);
    }
    EXPECT_EQ(regcomp(&regex_, pattern.c_str(), REG_EXTENDED | REG_NOSUB), 0) << pattern;
  }
  ~Regex() { regfree(&regex_); }
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  [[nodiscard]] bool matches(const std::string& text) const {
    return regexec(&regex_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t regex_{};
};

// The CRD runs the regular expression, this code the function: both must say the same of every text.
TEST(Patterns, DecideWhatTheirRegularExpressionDecides) {
  std::vector<std::string> texts{
      "",        "a",          "A",          "-",     "a-b",   "a.b",         "a_b",    "a/b",         "a/b/c",
      "/a",      "a/",         "/",          "a b",   " ",     "*",           "a?",     "app-*",       "a,b",
      "a=b",     "é",          "a\nb",       "a\x7f", "~!",    "http://",     "http:/", "http://x",    "https://x",
      "ftp://x", "http://x y", "HTTP://x",   "5s",    "1m30s", "500ms",       "s",      "5",           "1d",
      "-5s",     "100000s",    "1s1s1s1s1s", "1ms1h", "a.b/c", "A.b/c",       "a..b/c", "-a.b/c",      "a-.b/c",
      "a.b/-c",  "a.b/c-",     ".a",         "a.",    "_a",    "/dev/stdout", "dev",    "/dev/std out"};
  for (const std::size_t length : {62, 63, 64}) {
    texts.push_back(std::string(length, 'a'));
    texts.push_back(std::string(length, 'a') + "/b");
    texts.push_back("b/" + std::string(length, 'a'));
  }
  for (const Pattern* pattern : {&kAttributeKey, &kContainerGlob, &kDurationText, &kFilePath, &kHttpUrl, &kNoControls,
                                 &kLabelKey, &kLabelValue, &kPropagatorName, &kProviderName}) {
    const Regex regex{std::string(pattern->regex)};
    for (const std::string& text : texts) {
      EXPECT_EQ(pattern->matches(text), regex.matches(text)) << pattern->regex << " and \"" << text << '"';
    }
  }
}

}  // namespace
}  // namespace meshtrace::policy
