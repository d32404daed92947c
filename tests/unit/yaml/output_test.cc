#include "core/yaml/output.h"

#include <gtest/gtest.h>

#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

TEST(YamlDocument, HasAnObjectsPartsInTheirUsualOrder) {
  const json object{{"spec", {{"b", {{{"name", "x"}, {"env", json::array()}}, {{"a", 1}}}}, {"a", {1, "2"}}}},
                    {"metadata", {{"namespace", "shop"}, {"labels", json::object()}, {"name", "m"}}},
                    {"kind", "K"},
                    {"apiVersion", "v1"}};
  EXPECT_EQ(
      yaml_document(object),
      "apiVersion: v1\nkind: K\nmetadata:\n  name: m\n  namespace: shop\n  labels: {}\nspec:\n  a:\n  - 1\n  - \"2\"\n"
      "  b:\n  - name: x\n    env: []\n  - a: 1\n");
  EXPECT_EQ(yaml_documents({{{"a", 1}}, {{"b", 2}}}), "a: 1\n---\nb: 2\n");
}

TEST(YamlDocument, ShowsTextOfSeveralLinesAsItIs) {
  EXPECT_EQ(yaml_document({{"a", "one\n\n  \"two\"\\\n"}}), "a: |\n  one\n\n    \"two\"\\\n");
  EXPECT_EQ(yaml_document({{"a", "one\ntwo"}}), "a: |-\n  one\n  two\n");
  EXPECT_EQ(yaml_document({{"a", {"one\ntwo", "x"}}}), "a:\n- |-\n  one\n  two\n- x\n");
}

TEST(YamlDocument, ReadsAsWhatItWasMadeOf) {
  for (const char* text : {"",
                           " ",
                           "\n",
                           "a\n\n",
                           " a\nb",
                           "a\nb ",
                           "a \nb",
                           "\ta\nb",
                           "yes",
                           "1",
                           "0x1f",
                           "1:30",
                           "~",
                           "null",
                           "a: b",
                           "- a",
                           "#x",
                           "a #b",
                           "%a",
                           "@a",
                           "\"",
                           "'",
                           "\\",
                           "a\"b\n---\nc",
                           "\x01",
                           "\x7f\n",
                           "\xC2\x85\n",
                           "\xE2\x80\xA8",
                           "\xC3\xA9\n\xC3\xA9",
                           "\xEF\xBB\xBFx",
                           "a\r\nb",
                           "2026-11-21",
                           "...",
                           "[%START_TIME%] \"%REQ(X)%\"\n"}) {
    const json object{{"k", text}, {"l", {text, {{"m", text}}}}, {text, 1}};
    const auto documents = yaml::read("printed", yaml_document(object));
    ASSERT_TRUE(documents) << documents.error().message() << "\n" << yaml_document(object);
    ASSERT_EQ(documents->size(), 1u);
    EXPECT_EQ(documents->front().value, object) << yaml_document(object);
  }
}

}  // namespace
}  // namespace meshtrace::yaml
