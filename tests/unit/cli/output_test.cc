#include "cli/output.h"

#include <gtest/gtest.h>

#include "cli/text.h"

namespace meshtrace::cli {
namespace {

TEST(JoinTexts, AddsOnlyWhatKeepsFilesApart) {
  EXPECT_EQ(join_texts({}), "");
  EXPECT_EQ(join_texts({"a: 1"}), "a: 1");
  EXPECT_EQ(join_texts({"a: 1", "b: 2\n"}), "a: 1\n---\nb: 2\n");
  EXPECT_EQ(join_texts({"a: 1\n", "# c\n---\nb: 2\n"}), "a: 1\n# c\n---\nb: 2\n");
  EXPECT_EQ(join_texts({"a: 1\n", "---\nb: 2\n"}), "a: 1\n---\nb: 2\n");
  EXPECT_EQ(join_texts({"a: 1\n", "# c\nb: 2\n"}), "a: 1\n---\n# c\nb: 2\n");
  EXPECT_EQ(join_texts({"a: 1\n", "%YAML 1.2\n---\nb: 2\n"}), "a: 1\n...\n%YAML 1.2\n---\nb: 2\n");
  EXPECT_EQ(join_texts({"# only a comment\n", "a: 1\n"}), "# only a comment\na: 1\n");
  EXPECT_EQ(join_texts({"{\"a\": 1}", "{\"b\": 2}"}), "{\"a\": 1}\n---\n{\"b\": 2}");
  EXPECT_EQ(join_texts({"\xEF\xBB\xBF"
                        "a: 1\n",
                        "\xEF\xBB\xBF"
                        "b: 2\n"}),
            "\xEF\xBB\xBF"
            "a: 1\n---\nb: 2\n");
  EXPECT_EQ(join_texts({"a: 1\n", "", "b: 2\n"}), "a: 1\n---\nb: 2\n");
}

TEST(JsonOutput, IsOneObjectOrAList) {
  EXPECT_EQ(json_output({{{"kind", "Pod"}}}), "{\n    \"kind\": \"Pod\"\n}\n");
  const auto list = nlohmann::json::parse(json_output({{{"kind", "Pod"}}, {{"kind", "Job"}}}));
  EXPECT_EQ(list, (nlohmann::json{{"apiVersion", "v1"},
                                  {"kind", "List"},
                                  {"metadata", nlohmann::json::object()},
                                  {"items", {{{"kind", "Pod"}}, {{"kind", "Job"}}}}}));
  EXPECT_EQ(nlohmann::json::parse(json_output({}))["items"], nlohmann::json::array());
}

TEST(Printable, DisarmsControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\r\x7f\t\n"), "a\\x1b[31m\\x0d\\x7f\t\n");
  EXPECT_EQ(printable("\xC2\x9B"
                      "x\xC3\xA9\xC2\xA0"),
            "\\x9bx\xC3\xA9\xC2\xA0");
}

}  // namespace
}  // namespace meshtrace::cli
