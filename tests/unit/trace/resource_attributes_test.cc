#include "core/trace/resource_attributes.h"

#include <gmock/gmock.h>

namespace meshtrace::trace {
namespace {

using testing::ElementsAre;

TEST(ResourceAttributes, ReadsKeysTrimmed) {
  const AttributeList list = parse_attributes("team=a, region = eu ,empty=");
  EXPECT_THAT(list.keys, ElementsAre("team", "region", "empty"));
  EXPECT_FALSE(list.problem);
  EXPECT_FALSE(list.opaque);
  EXPECT_FALSE(list.has_empty_items);
}

TEST(ResourceAttributes, AnEmptyListHasNoEmptyItem) {
  EXPECT_FALSE(parse_attributes("").has_empty_items);
  EXPECT_FALSE(parse_attributes("  ").has_empty_items);
}

TEST(ResourceAttributes, SeesWhatMakesAnSdkDropTheList) {
  for (const char* text : {"a=b=c", "a=b;c", "a=50%", "a=%zz", "a=%4", "novalue", "=b", "a=b,novalue"}) {
    EXPECT_TRUE(parse_attributes(text).problem) << text;
  }
  for (const char* text : {"a=b%3Dc", "a=%E2%82%AC", "a=$(B)", "a="}) {
    EXPECT_FALSE(parse_attributes(text).problem) << text;
  }
}

TEST(ResourceAttributes, ABareReferenceIsOpaqueAndNoProblem) {
  const AttributeList list = parse_attributes("a=b,$(MORE)");
  EXPECT_TRUE(list.opaque);
  EXPECT_FALSE(list.problem);
  EXPECT_TRUE(parse_attributes("$$(MORE)").problem) << "an escaped reference is text without an equals sign";
}

TEST(ResourceAttributes, MendsEmptyItemsOnly) {
  EXPECT_TRUE(parse_attributes("a=b,,c=d,").has_empty_items);
  EXPECT_EQ(without_empty_items(",a=b,, c=d ,"), "a=b, c=d ");
  EXPECT_EQ(without_empty_items(",,"), "");
}

TEST(ResourceAttributes, EncodesAsFewCharactersAsPossible) {
  EXPECT_EQ(encode_attribute_value("a,b=c;d%e f\"g'h\\i\n"), "a%2Cb%3Dc%3Bd%25e%20f%22g%27h%5Ci%0A");
  EXPECT_EQ(encode_attribute_value("Zürich €"), "Z%C3%BCrich%20%E2%82%AC");
  const std::string plain = "AZaz09-._~!#$&()*+/:<>?@[]^`{|}";
  EXPECT_EQ(encode_attribute_value(plain), plain);
}

}  // namespace
}  // namespace meshtrace::trace
