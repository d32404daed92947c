#include "core/policy/patterns.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace meshtrace::policy {
namespace {

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
    const std::regex regex{std::string(pattern->regex)};
    for (const std::string& text : texts) {
      EXPECT_EQ(pattern->matches(text), std::regex_search(text, regex)) << pattern->regex << " and \"" << text << '"';
    }
  }
}

}  // namespace
}  // namespace meshtrace::policy
