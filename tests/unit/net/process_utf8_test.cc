#include <gtest/gtest.h>
#include <simdjson.h>

#include "net/process/utf8.h"

namespace meshtrace {
namespace {

TEST(Utf8, ReplacesOnlyTheBytesThatAreNoneOfIt) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"ü€😀", "ü€😀"},
      {"a\xFFz", "a\xEF\xBF\xBDz"},
      {"\xC3", "\xEF\xBF\xBD"},
      {"ü\x80€", "ü\xEF\xBF\xBD€"},
      {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // a surrogate
  };
  for (const auto& [text, repaired] : cases) {
    EXPECT_EQ(repair_utf8(text), repaired);
    EXPECT_TRUE(simdjson::validate_utf8(repair_utf8(text)));
  }
}

TEST(Utf8, TruncatesBetweenCharacters) {
  const std::pair<std::size_t, std::string> cases[] = {{0, ""}, {1, ""}, {2, "ü"}, {3, "ü"}, {5, "ü€"}, {99, "ü€a"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(truncate_utf8("ü€a", bytes), text);
}

}  // namespace
}  // namespace meshtrace
