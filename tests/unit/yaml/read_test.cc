#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

std::string joined(const std::vector<Document>& documents) {
  std::string text;
  for (const Document& document : documents) text += document.text;
  return text;
}

std::string error_of(const std::string& text, const Limits& limits = {}) {
  const auto documents = read("m.yaml", text, limits);
  return documents ? "read: " + documents->front().value.dump() : documents.error().message();
}

struct SplitCase {
  const char* text;
  std::vector<json> values;
  std::vector<int> first_lines;
};

TEST(YamlRead, GivesEachDocumentItsOwnBytes) {
  const SplitCase cases[] = {
      {"", {}, {}},
      {"# only\n", {nullptr}, {1}},
      {"a: 1", {{{"a", 1}}}, {1}},
      {"a: 1\n---\nb: 2\n", {{{"a", 1}}, {{"b", 2}}}, {1, 2}},
      {"# licence\n---\na: 1\n", {{{"a", 1}}}, {1}},
      {"a: 1\n# about b\n---\n# more\nb: 2\n", {{{"a", 1}}, {{"b", 2}}}, {1, 3}},
      {"a: 1\r\n---\r\nb: x\r\n", {{{"a", 1}}, {{"b", "x"}}}, {1, 2}},
      {"---\n---\na: 1\n---\n", {nullptr, {{"a", 1}}, nullptr}, {1, 2, 4}},
      {"a: 1\n...\n# end\n", {{{"a", 1}}}, {1}},
      {"a: 1\n...\nb: 2\n", {{{"a", 1}}, {{"b", 2}}}, {1, 3}},
      {"%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n", {{{"a", 1}}, {{"b", 2}}}, {1, 5}},
      {"--- {a: 1}\n--- # comment\nb: 2\n", {{{"a", 1}}, {{"b", 2}}}, {1, 2}},
      {"a: |\n  ---\n  x\n---\nb: ---x\n", {{{"a", "---\nx\n"}}, {{"b", "---x"}}}, {1, 4}},
      {"\xEF\xBB\xBF"
       "a: 1\n",
       {{{"a", 1}}},
       {1}},
      {"{\"a\": 1}{\"b\": 2}\n\n{\"c\": \"}{\"}", {{{"a", 1}}, {{"b", 2}}, {{"c", "}{"}}}, {1, 1, 2}},
      {"{\"a\": 1}\n---\nb: 2\n", {{{"a", 1}}, {{"b", 2}}}, {1, 2}},
  };
  for (const SplitCase& each : cases) {
    const auto documents = read("test", each.text);
    ASSERT_TRUE(documents) << each.text << documents.error().message();
    EXPECT_EQ(joined(*documents), each.text);
    std::vector<json> values;
    std::vector<int> first_lines;
    for (const Document& document : *documents) {
      values.push_back(document.value);
      first_lines.push_back(document.first_line);
    }
    EXPECT_EQ(values, each.values) << each.text;
    EXPECT_EQ(first_lines, each.first_lines) << each.text;
  }
}

TEST(YamlRead, ReadsJsonWithEscapesThatYamlHasNot) {
  const std::string text = R"({"a": "\ud83d\ude00 \/ \u00e9", "\ud83d\ude00": [1, 2.5, true, null], "c": "\\ud83d"})";
  const auto documents = read("test", text);
  ASSERT_TRUE(documents) << documents.error().message();
  EXPECT_TRUE(documents->front().is_json);
  EXPECT_EQ(documents->front().value, json::parse(text));
}

TEST(YamlRead, FollowsAliases) {
  const auto documents = read("test", "a: &x {b: [1, 2]}\nc: *x\nd: [*x]\n");
  ASSERT_TRUE(documents);
  const json x{{"b", {1, 2}}};
  EXPECT_EQ(documents->front().value, (json{{"a", x}, {"c", x}, {"d", {x}}}));
}

struct ErrorCase {
  const char* text;
  const char* message;
};

TEST(YamlRead, RefusesWithTheLine) {
  const ErrorCase cases[] = {
      {"a: 1\nb: 2\na: 3\n", "m.yaml:3: the key \"a\" stands here twice"},
      {"a: 1\n---\nb: {c: 1, c: 2}\n", "m.yaml:3: the key \"c\" stands here twice"},
      {"yes: 1\ntrue: 2\n", "m.yaml:2: the key \"true\" stands here twice"},
      {"a: &x {b: 1}\nc:\n  <<: *x\n", "m.yaml:3: merge keys (<<) are not supported: write the merged fields out"},
      {"? [a]\n: 1\n", "m.yaml:1: a key must be text, not a map or a list (a template must be rendered first)"},
      {"a: {{ .Values.x }}\n", "m.yaml:1: a key must be text, not a map or a list (a template must be rendered first)"},
      {"~: 1\n", "m.yaml:1: a key must be text"},
      {"a: *nowhere\n", "m.yaml:1: not valid YAML: the referenced anchor is not defined"},
      {"a: b: c\n", "m.yaml:1: not valid YAML: illegal map value"},
      {"a: [1\n", "m.yaml:2: not valid YAML: end of sequence flow not found"},
      {"x: 1\na: \"open\n", "m.yaml:2: a quoted text is not closed"},
      {"x: 1\na: 'open", "m.yaml:2: not valid YAML: illegal EOF in scalar"},
      {"a: \"\\ud83d\\ude00\"\n", "m.yaml:1: not valid YAML: invalid unicode: 55357"},
      {"a: 1\nb: \xC3\x28\n", "m.yaml:2: not UTF-8 (byte 195)"},
      {"a: \xED\xA0\x80\n", "m.yaml:1: not UTF-8 (byte 237)"},
      {"a: 1\nb: \x04\n", "m.yaml:2: a control character (byte 4), which YAML does not allow"},
      {"\xFF\xFE"
       "a",
       "m.yaml:1: the text is UTF-16; save it as UTF-8"},
      {"[1]\nx\n", "m.yaml:2: more content after the end of the document: is a --- missing?"},
      {"a: &x\n  b: *x\n", "m.yaml:2: nested deeper than 128 levels"},
  };
  for (const ErrorCase& each : cases) EXPECT_EQ(error_of(each.text), each.message);
  EXPECT_THAT(error_of(std::string("a: \0b\n", 6)), testing::HasSubstr("m.yaml:1: a NUL byte"));
}

TEST(YamlRead, SurvivesNestingOfAHundredThousand) {
  const std::string units[] = {"[", "- ", "{a: ", "? ", "{\"a\":", "[{", "- - [", "a: [", "!x [", "&a [", "{? "};
  for (const std::string& unit : units) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += unit;
    EXPECT_THAT(error_of(text), testing::StartsWith("m.yaml:")) << unit;
  }
  std::string stairs;
  for (int i = 0; i < 2'000; ++i) stairs += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(error_of(stairs), "m.yaml:129: nested deeper than 128 levels");
}

TEST(YamlRead, EndsAnAliasBomb) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) text += ", " + last;
    text += "]\n";
  }
  Limits limits;
  limits.max_nodes = 10'000;
  EXPECT_THAT(error_of(text, limits), testing::EndsWith("more than 10000 values after following aliases"));
  // Few but long texts count as well.
  std::string heavy = "a: &a \"" + std::string(100'000, 'x') + "\"\nb: [*a";
  for (int i = 0; i < 100; ++i) heavy += ", *a";
  EXPECT_THAT(error_of(heavy + "]\n", limits), testing::EndsWith("more than 10000 values after following aliases"));
}

TEST(YamlRead, BoundsTheSize) {
  Limits limits;
  limits.max_bytes = 1u << 20;
  EXPECT_EQ(error_of(std::string((1u << 20) + 1, '#'), limits), "m.yaml: larger than 1 MiB");
}

TEST(YamlRead, KnowsWhereThingsStand) {
  const std::string text =
      "# first\n---\nspec:\n  containers:\n  - name: a\n    env: [{name: x}, {name: y}]\n  - &b\n    name: é\n    "
      "\"k~/\": 1\n  other: "
      "[*b]\n";
  const auto documents = read("test", text);
  ASSERT_TRUE(documents);
  const Document& document = documents->front();
  const struct {
    const char* pointer;
    int line, column;
  } cases[] = {
      {"", 3, 1},
      {"/spec", 3, 1},
      {"/spec/containers", 4, 3},
      {"/spec/containers/0", 5, 5},
      {"/spec/containers/0/env/1", 6, 22},
      {"/spec/containers/0/env/1/name", 6, 23},
      {"/spec/containers/1", 7, 5},
      {"/spec/containers/1/name", 8, 5},
      {"/spec/containers/1/k~0~1", 9, 5},
      {"/spec/containers/0/nothing/here", 5, 5},
      {"/spec/other/0/name", 8, 5},
      {"/spec/containers/7", 4, 3},
  };
  for (const auto& each : cases) {
    const Position position = document.at(each.pointer);
    EXPECT_EQ(std::pair(position.line, position.column), std::pair(each.line, each.column)) << each.pointer;
  }
}

TEST(YamlRead, CountsLinesInTheWholeText) {
  const auto documents = read("test",
                              "\xEF\xBB\xBF"
                              "x: 1\r\n---\r\na: 1\r\nb:\r\n- c\r\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->at(1).at("/b/0").line, 5);
  EXPECT_EQ(documents->at(0).at("/x").line, 1);
}

}  // namespace
}  // namespace meshtrace::yaml
