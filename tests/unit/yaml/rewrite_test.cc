// One table of authors' styles: what was written, the change, and what must come out, byte for byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

std::string rewritten(const std::string& text, const char* patch) {
  const auto documents = read("m.yaml", text);
  if (!documents) return documents.error().message();
  const auto result = rewrite(documents->front(), documents->front().value.patch(json::parse(patch)));
  return result ? *result : result.error().message();
}

struct Case {
  const char* name;
  const char* text;
  const char* patch;
  const char* expected;
};

constexpr const char* kAddEnv = R"([{"op": "add", "path": "/c/0/env", "value": [{"name": "A", "value": "1"}]}])";
constexpr const char* kAppend = R"([{"op": "add", "path": "/env/-", "value": {"name": "Z", "value": "z"}}])";
constexpr const char* kPrepend = R"([{"op": "add", "path": "/env/0", "value": {"name": "A", "value": "a"}}])";

TEST(YamlRewrite, AddsAKeyWhereAnAuthorWouldWriteIt) {
  const Case cases[] = {
      {"list under its key",
       "c:\n- name: a\n  image: b # pin\n  # on ports\n  ports:\n  - 1\n\n  # res\n  resources: {}\n", kAddEnv,
       "c:\n- name: a\n  image: b # pin\n  # on ports\n  ports:\n  - 1\n  env:\n  - name: A\n    value: \"1\"\n\n  # "
       "res\n  resources: {}\n"},
      {"indented list", "c:\n  - name: a\n    image: b\n  - name: z\n", kAddEnv,
       "c:\n  - name: a\n    image: b\n    env:\n      - name: A\n        value: \"1\"\n  - name: z\n"},
      {"four spaces", "c:\n    -   name: a\n        res:\n            x: 1\n", kAddEnv,
       "c:\n    -   name: a\n        env:\n            -   name: A\n                value: \"1\"\n        res:\n       "
       "     x: 1\n"},
      {"keys in another order", "c:\n- resources: {}\n  image: b\n  name: a\n", kAddEnv,
       "c:\n- resources: {}\n  image: b\n  name: a\n  env:\n  - name: A\n    value: \"1\"\n"},
      {"no end of line", "c:\n- name: a", kAddEnv, "c:\n- name: a\n  env:\n  - name: A\n    value: \"1\""},
      {"CRLF", "c:\r\n- name: a\r\n", kAddEnv, "c:\r\n- name: a\r\n  env:\r\n  - name: A\r\n    value: \"1\"\r\n"},
      {"dash on a line of its own", "c:\n-\n  name: a\n", kAddEnv,
       "c:\n-\n  name: a\n  env:\n  - name: A\n    value: \"1\"\n"},
      {"behind a block scalar", "c:\n- name: a\n  args:\n  - |\n    x\n\n    y\n\n# end\n", kAddEnv,
       "c:\n- name: a\n  args:\n  - |\n    x\n\n    y\n  env:\n  - name: A\n    value: \"1\"\n\n# end\n"},
      {"behind one that keeps its blank lines", "c:\n- name: a\n  args:\n  - |+\n    x\n\n  tty: true\n", kAddEnv,
       "c:\n- name: a\n  args:\n  - |+\n    x\n\n  env:\n  - name: A\n    value: \"1\"\n  tty: true\n"},
      {"behind a text of several lines", "c:\n- name: a\n  image: one\n    two\n  tty: true\n", kAddEnv,
       "c:\n- name: a\n  image: one\n    two\n  env:\n  - name: A\n    value: \"1\"\n  tty: true\n"},
      {"flow style", "c: [{name: a, image: b, tty: true}] # x\n", kAddEnv,
       "c: [{name: a, image: b, env: [{name: A, value: \"1\"}], tty: true}] # x\n"},
      {"flow style with spaces", "c: [ { name: a } ]\n", kAddEnv,
       "c: [ { name: a, env: [{name: A, value: \"1\"}] } ]\n"},
      {"other keys last", "m:\n  name: x\n  labels: {}\n# c\ns: 1\n",
       R"([{"op": "add", "path": "/m/z", "value": {"k.io/a": "b"}}])",
       "m:\n  name: x\n  labels: {}\n  z:\n    k.io/a: b\n# c\ns: 1\n"},
  };
  for (const Case& each : cases) EXPECT_EQ(rewritten(each.text, each.patch), each.expected) << each.name;
}

TEST(YamlRewrite, DoesNotGrowABlockScalarThatTheTextEndsIn) {
  EXPECT_EQ(rewritten("c:\n- name: a\n  args: |\n    x", kAddEnv),
            "c:\n- name: a\n  env:\n  - name: A\n    value: \"1\"\n  args: |\n    x");
}

TEST(YamlRewrite, AddsElementsAndLeavesTheOthersAlone) {
  const Case cases[] = {
      {"last", "env:\n- name: B # b\n  value: x # c\n# tail\nz: 1\n", kAppend,
       "env:\n- name: B # b\n  value: x # c\n- name: Z\n  value: z\n# tail\nz: 1\n"},
      {"first, comments stay with theirs", "env: # all\n# about B\n- name: B\n", kPrepend,
       "env: # all\n- name: A\n  value: a\n# about B\n- name: B\n"},
      {"wide dashes", "env:\n  -   name: B\n", kAppend, "env:\n  -   name: B\n  -   name: Z\n      value: z\n"},
      {"mixed with flow", "env:\n- {name: B, value: x} # c\n", kAppend,
       "env:\n- {name: B, value: x} # c\n- name: Z\n  value: z\n"},
      {"flow list", "env: [{name: B}] # c\n", kAppend, "env: [{name: B}, {name: Z, value: z}] # c\n"},
      {"flow list, first", "env: [{name: B}]\n", kPrepend, "env: [{name: A, value: a}, {name: B}]\n"},
      {"flow over lines", "env: [\n  {name: B}, # b\n  {name: C} # c\n]\n", kAppend,
       "env: [\n  {name: B}, # b\n  {name: C}, # c\n  {name: Z, value: z}\n]\n"},
      {"flow over lines, first", "env: [\n  {name: B}, # b\n]\n", kPrepend,
       "env: [\n  {name: A, value: a},\n  {name: B}, # b\n]\n"},
      {"flow with a last comma", "env: [{name: B},]\n", kAppend, "env: [{name: B}, {name: Z, value: z}]\n"},
      {"empty list", "env: [] # none\nz: 1\n", kAppend, "env: # none\n  - name: Z\n    value: z\nz: 1\n"},
      {"empty list, the author's lists are under their keys", "y:\n- 1\nenv: []\n", kAppend,
       "y:\n- 1\nenv:\n- name: Z\n  value: z\n"},
      {"empty list in flow", "a: {env: []}\n", R"([{"op": "add", "path": "/a/env/-", "value": "x y"}])",
       "a: {env: [\"x y\"]}\n"},
      {"nothing", "env:\nz: 1\n", R"([{"op": "replace", "path": "/env", "value": ["x"]}])", "env:\n  - x\nz: 1\n"},
      {"null with a comment", "env: null # none\nz: 1\n", R"([{"op": "replace", "path": "/env", "value": ["x"]}])",
       "env: # none\n  - x\nz: 1\n"},
      {"tilde at the end", "env: ~", R"([{"op": "replace", "path": "/env", "value": ["x"]}])", "env:\n  - x"},
      {"empty map", "env: {}\n", R"([{"op": "replace", "path": "/env", "value": ["x"]}])", "env:\n  - x\n"},
      {"list at the root", "- a\n# c\n- b\n",
       R"([{"op": "add", "path": "/0", "value": "x"}, {"op": "add", "path": "/-", "value": {"z": 1}}])",
       "- x\n- a\n# c\n- b\n- z: 1\n"},
      {"removed", "env:\n- name: A\n  value: x # c\n- name: B\n", R"([{"op": "remove", "path": "/env/0"}])",
       "env:\n- name: B\n"},
      {"removed in flow", "env: [a, b, c]\n", R"([{"op": "remove", "path": "/env/1"}])", "env: [a, c]\n"},
      {"moved to the front", "env:\n- name: A # a\n- name: B # b\n- name: C\n",
       R"([{"op": "move", "from": "/env/2", "path": "/env/0"}, {"op": "add", "path": "/env/-", "value": "x"}])",
       "env:\n- name: C\n- name: A # a\n- name: B # b\n- x\n"},
      {"a renamed one keeps its lines", "env:\n- name: A # mine\n  valueFrom: {fieldRef: {fieldPath: x}}\n- name: B\n",
       R"j([{"op": "replace", "path": "/env/0/name", "value": "P_A"}, {"op": "add", "path": "/env/1", "value": {"name": "A", "value": "$(P_A)"}}])j",
       "env:\n- name: P_A # mine\n  valueFrom: {fieldRef: {fieldPath: x}}\n- name: A\n  value: $(P_A)\n- name: B\n"},
  };
  for (const Case& each : cases) EXPECT_EQ(rewritten(each.text, each.patch), each.expected) << each.name;
}

TEST(YamlRewrite, KeepsTheQuotesOfAReplacedText) {
  constexpr const char* kPatch = R"([{"op": "replace", "path": "/v", "value": "a=1,b"}])";
  const Case cases[] = {
      {"double", "v: \"x\" # c\n", kPatch, "v: \"a=1,b\" # c\n"},
      {"single", "v: 'x''y'\n", kPatch, "v: 'a=1,b'\n"},
      {"plain, quoted where it could be misread", "v: x # c\n", kPatch, "v: \"a=1,b\" # c\n"},
      {"plain", "v: x # c\n", R"([{"op": "replace", "path": "/v", "value": "abc"}])", "v: abc # c\n"},
      {"plain over lines", "v: x\n  y\nz: 1\n", R"([{"op": "replace", "path": "/v", "value": "abc"}])",
       "v: abc\nz: 1\n"},
      {"on the next line", "v:\n  x\nz: 1\n", R"([{"op": "replace", "path": "/v", "value": "abc"}])", "v: abc\nz: 1\n"},
      {"literal", "v: |-  # c\n  x\n\n# d\nz: 1\n", kPatch, "v: \"a=1,b\" # c\n\n# d\nz: 1\n"},
      {"folded", "v: >\n  x\n  y\n", kPatch, "v: \"a=1,b\"\n"},
      {"a literal block to another", "a:\n  v: |  # mesh\n    x\n    y\n\n  # end\nz: 1\n",
       R"([{"op": "replace", "path": "/a/v", "value": "x\n\n  # kept: \"1\"\ny\n"}])",
       "a:\n  v: |  # mesh\n    x\n\n      # kept: \"1\"\n    y\n\n  # end\nz: 1\n"},
      {"a literal block that ends otherwise", "v: |+\n  x\n  y\n\nz: 1\n",
       R"([{"op": "replace", "path": "/v", "value": "p\nq"}])", "v: |-\n  p\n  q\nz: 1\n"},
      {"a literal block in other line ends", "v: |\r\n  x\r\nz: 1\r\n",
       R"([{"op": "replace", "path": "/v", "value": "p\nq\n"}])", "v: |\r\n  p\r\n  q\r\nz: 1\r\n"},
      {"a literal block to what needs quotes", "v: |\n  x\nz: 1\n",
       R"([{"op": "replace", "path": "/v", "value": " p\nq\n"}])", "v: \" p\\nq\\n\"\nz: 1\n"},
      {"a boolean's look", "v: x\n", R"([{"op": "replace", "path": "/v", "value": "yes"}])", "v: \"yes\"\n"},
      {"control characters", "v: 'x'\n",
       R"([{"op": "replace", "path": "/v", "value": "a\nb\u0001\u0085\u2028\ufeff\""}])",
       "v: \"a\\nb\\u0001\\u0085\\u2028\\ufeff\\\"\"\n"},
      {"to a number", "v: \"1\"\n", R"([{"op": "replace", "path": "/v", "value": 2}])", "v: 2\n"},
      {"to a map", "v: x # c\n", R"([{"op": "replace", "path": "/v", "value": {"a": "1"}}])", "v: # c\n  a: \"1\"\n"},
      {"a map to a text", "v:\n  a: 1\nz: 1\n", R"([{"op": "replace", "path": "/v", "value": "x"}])", "v: x\nz: 1\n"},
      {"in flow", "a: {v: x, w: [x]}\n", R"([{"op": "replace", "path": "/a/v", "value": "p,q"}])",
       "a: {v: \"p,q\", w: [x]}\n"},
      {"with a tag", "v: !!str 5\n", R"([{"op": "replace", "path": "/v", "value": "6"}])", "v: !!str \"6\"\n"},
  };
  for (const Case& each : cases) EXPECT_EQ(rewritten(each.text, each.patch), each.expected) << each.name;
}

TEST(YamlRewrite, WritesJsonAsItsAuthorDoes) {
  const Case cases[] = {
      {"compact", R"({"env":[{"name":"B"}]})", kAppend, R"({"env":[{"name":"B"},{"name":"Z","value":"z"}]})"},
      {"one line", R"({"env": [{"name": "B"}]})", kAppend, R"({"env": [{"name": "B"}, {"name": "Z", "value": "z"}]})"},
      {"lines", "{\n  \"env\": [\n    {\n      \"name\": \"B\"\n    }\n  ]\n}\n", kAppend,
       "{\n  \"env\": [\n    {\n      \"name\": \"B\"\n    },\n    {\n      \"name\": \"Z\",\n      \"value\": \"z\"\n "
       "   }\n  ]\n}\n"},
      {"tabs, empty list", "{\n\t\"env\": []\n}", kAppend,
       "{\n\t\"env\": [\n\t\t{\n\t\t\t\"name\": \"Z\",\n\t\t\t\"value\": \"z\"\n\t\t}\n\t]\n}"},
      {"lines with a list in one", "{\n  \"env\": [{\"name\": \"B\"}]\n}\n", kAppend,
       "{\n  \"env\": [{\"name\": \"B\"}, {\"name\": \"Z\", \"value\": \"z\"}]\n}\n"},
      {"a text", R"({"v": "\ud83d\ude00", "w": "x"})", R"([{"op": "replace", "path": "/w", "value": "plain"}])",
       R"({"v": "\ud83d\ude00", "w": "plain"})"},
  };
  for (const Case& each : cases) EXPECT_EQ(rewritten(each.text, each.patch), each.expected) << each.name;
}

TEST(YamlRewrite, RefusesWhatItCannotDoWithTheLine) {
  const Case cases[] = {
      {"anchor", "a: 1\nenv: &e\n- name: B\nx: *e\n", kAppend,
       "m.yaml:2: this value is shared by an anchor and an alias, so that a change would show in both places; write it "
       "out"},
      {"alias", "x: &e\n- name: B\nenv: *e\n", kAppend,
       "m.yaml:3: this value is shared by an anchor and an alias, so that a change would show in both places; write it "
       "out"},
      {"inside an anchor", "x: &e {env: [B]}\ny: *e\n", R"([{"op": "add", "path": "/x/env/-", "value": 1}])",
       "m.yaml:1: this value is shared by an anchor and an alias, so that a change would show in both places; write it "
       "out"},
      {"removed key", "a: 1\nb: 2\n", R"([{"op": "remove", "path": "/b"}])",
       "m.yaml:2: removing the key \"b\" is not supported"},
      {"root", "a: 1\n", R"([{"op": "replace", "path": "", "value": "x"}])",
       "m.yaml:1: a whole document cannot be replaced"},
  };
  for (const Case& each : cases) EXPECT_EQ(rewritten(each.text, each.patch), each.expected) << each.name;
}

TEST(YamlRewrite, EditsAnAnchorThatNothingRefersTo) {
  EXPECT_EQ(rewritten("env: &e\n- name: B\n", kAppend), "env: &e\n- name: B\n- name: Z\n  value: z\n");
}

TEST(YamlRewrite, GivesTheSameBytesWhereNothingDiffers) {
  const std::string odd = "a:   [ 1,2 ]   # x\n# \xC3\xA9\nb: !!str yes\n...\n";
  EXPECT_EQ(rewritten(odd, "[]"), odd);
}

}  // namespace
}  // namespace meshtrace::yaml
