#include "core/policy/text.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "core/policy/glob.h"
#include "core/policy/labels.h"

namespace meshtrace::policy {
namespace {

TEST(Nearest, FindsMisspellingsAndNothingElse) {
  constexpr std::array<std::string_view, 4> words{"sampling", "selector", "SDK", "Proxy"};
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"samplng", "sampling"},
      {"smapling", "sampling"},
      {"SAMPLING", "sampling"},
      {"selectr", "selector"},
      {"sdk", "SDK"},
      {"SDKs", "SDK"},
      {"proxies", {}},
      {"x", {}},
      {"", {}},
      {"workload", {}},
      {"abc", {}},
  };
  for (const auto& [word, expected] : cases) EXPECT_EQ(nearest(word, words), expected) << word;
  EXPECT_EQ(nearest(std::string(10'000, 's'), words), "");
}

TEST(InQuotes, CutsAndEscapesWhatATerminalWouldObey) {
  EXPECT_EQ(in_quotes("a\"b\\c\x1b[31m\n"), "\"a\\\"b\\\\c\\x1b[31m\\x0a\"");
  EXPECT_EQ(in_quotes(std::string(100, 'a')), "\"" + std::string(80, 'a') + "…\"");
}

TEST(Clipped, EndsBetweenCharacters) {
  EXPECT_EQ(clipped("aé", 2), "a");
  EXPECT_EQ(clipped("aé", 3), "aé");
  EXPECT_EQ(characters("aé€"), 3u);
}

TEST(Glob, MatchesWholeNames) {
  const struct {
    std::string_view pattern;
    std::string_view name;
    bool expected;
  } cases[] = {
      {"*", "", true},          {"*", "app", true},        {"app", "app", true},      {"app", "app2", false},
      {"a?p", "app", true},     {"a?p", "ap", false},      {"*-app", "my-app", true}, {"*-app", "-app", true},
      {"a*b*c", "aXbXc", true}, {"a*b*c", "aXcXb", false}, {"**a", "ba", true},       {"", "", true},
      {"", "a", false},         {"a*", "ba", false},       {"*a*a*a", "aa", false},   {"?", "", false},
  };
  for (const auto& one : cases) EXPECT_EQ(glob_match(one.pattern, one.name), one.expected) << one.pattern << one.name;
}

TEST(Glob, IsQuickForAHostilePattern) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
}

TEST(Glob, IsToldFromAName) {
  EXPECT_TRUE(is_glob("app-*"));
  EXPECT_TRUE(is_glob("app-?"));
  EXPECT_FALSE(is_glob("app-1"));
}

TEST(MatchLabels, NeedsEveryLabelWithItsValue) {
  const Labels labels{{"app", "checkout"}, {"tier", "backend"}};
  EXPECT_TRUE(matches({}, labels));
  EXPECT_TRUE(matches({{"app", "checkout"}}, labels));
  EXPECT_TRUE(matches({{"app", "checkout"}, {"tier", "backend"}}, labels));
  EXPECT_FALSE(matches({{"app", "checkout"}, {"tier", "frontend"}}, labels));
  EXPECT_FALSE(matches({{"zone", ""}}, labels));
}

}  // namespace
}  // namespace meshtrace::policy
