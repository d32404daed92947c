// What comes out byte for byte, what is refused and on which line, and entries that somebody changed meanwhile. The way
// there and back of many shapes is mesh_text_shapes_test.cc's.
#include "core/mesh/mesh_text.h"

#include <gtest/gtest.h>

#include <string>

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

const Entry kFile{"accessLogFile", ""};
const Entry kFormat{"accessLogFormat", ""};
const Entry kOurs{"extensionProviders", "meshtrace-1"};
const Entry kOther{"extensionProviders", "meshtrace-2"};
const json kProvider{{"name", "meshtrace-1"}, {"zipkin", {{"port", 9411}}}};

// The edited text, or the error.
std::string edited(const std::string& text, const EntryEdit& edit) {
  const auto result = edit_mesh_text("istio", text, {edit});
  return result ? result->text : result.error().message();
}

std::string restored(const std::string& text, const EntryRestore& restore) {
  const auto result = restore_mesh_text("istio", text, {restore});
  return result ? *result : result.error().message();
}

TEST(MeshText, ReadsAsIstioDoes) {
  EXPECT_EQ(read_mesh_text("istio", "").value(), json::object());
  EXPECT_EQ(read_mesh_text("istio", "# none\n---\n").value(), json::object());
  EXPECT_EQ(read_mesh_text("istio", "enableTracing: yes\nnumber: 0755\ns: \"yes\"\nf: '%DURATION%'\n").value(),
            json::parse(R"({"enableTracing": true, "number": 493, "s": "yes", "f": "%DURATION%"})"));
}

TEST(MeshText, FindsEntriesByKeyAndByProvider) {
  const json mesh =
      json::parse(R"({"accessLogFile": "x", "extensionProviders": [{"name": "meshtrace-1", "a": 1}, 5]})");
  EXPECT_EQ(*find_entry(mesh, kFile), "x");
  EXPECT_EQ(find_entry(mesh, kOurs)->at("a"), 1);
  EXPECT_EQ(find_entry(mesh, kOther), nullptr);
  EXPECT_EQ(find_entry(mesh, kFormat), nullptr);
  EXPECT_EQ(find_entry(json::object(), kOurs), nullptr);
  EXPECT_EQ(kOurs.path(), "extensionProviders[meshtrace-1]");
  EXPECT_EQ(kFile.path(), "accessLogFile");
}

TEST(MeshText, WritesWhereAnAuthorWould) {
  const struct {
    const char* name;
    const char* text;
    EntryEdit edit;
    const char* expected;
  } cases[] = {
      {"a new key", "a: 1\n\n# end\n", {kFile, "/dev/stdout"}, "a: 1\naccessLogFile: /dev/stdout\n\n# end\n"},
      {"a format", "a: 1", {kFormat, "%DURATION% \"x\"\n"}, "a: 1\naccessLogFormat: \"%DURATION% \\\"x\\\"\\n\""},
      {"what could be misread", "", {kFile, "yes"}, "accessLogFile: \"yes\"\n"},
      {"the comment of a value stays", "accessLogFile:   'x' # c\n", {kFile, "/y"}, "accessLogFile:   /y # c\n"},
      {"a comment before a value stays",
       "accessLogFormat: # c\n  # d\n  x\n",
       {kFormat, "%A%"},
       "accessLogFormat: # c\n  # d\n  \"%A%\"\n"},
      {"a block becomes one line",
       "accessLogFormat: |\n  x\n  y\n\nb: 1\n",
       {kFormat, "z"},
       "accessLogFormat: z\n\nb: 1\n"},
      {"JSON", R"({"a":1})", {kFile, "/y"}, R"({"a":1,"accessLogFile":"/y"})"},
      {"flow over lines", "{\n  a: 1 # c\n}\n", {kFile, "/y"}, "{\n  a: 1,\n  accessLogFile: /y # c\n}\n"},
      {"a new list of providers",
       "a:\n- 1\n",
       {kOurs, kProvider},
       "a:\n- 1\nextensionProviders: # added by meshtrace, goes with the last of its entries\n- name: meshtrace-1\n"
       "  zipkin:\n    port: 9411\n"},
      {"one more provider",
       "extensionProviders:\n  - name: x # c\n# end\nb: 1\n",
       {kOurs, kProvider},
       "extensionProviders:\n  - name: x # c\n  - name: meshtrace-1\n    zipkin:\n      port: 9411\n# end\nb: 1\n"},
      {"in flow style",
       "extensionProviders: [{name: x}] # c\n",
       {kOurs, kProvider},
       "extensionProviders: [{name: x}, {name: meshtrace-1, zipkin: {port: 9411}}] # c\n"},
      {"a changed provider",
       "extensionProviders:\n- name: meshtrace-1\n  # c\n  a: b\n- name: x\n",
       {kOurs, kProvider},
       "extensionProviders:\n- name: meshtrace-1\n  zipkin:\n    port: 9411\n- name: x\n"},
      {"an alias is replaced, its anchor stays",
       "a: &a x\naccessLogFile: *a\n",
       {kFile, "/y"},
       "a: &a x\naccessLogFile: /y\n"},
      {"a provider by alias is replaced, its anchor stays",
       "b: &p {name: meshtrace-1}\nextensionProviders: [*p]\n",
       {kOurs, kProvider},
       "b: &p {name: meshtrace-1}\nextensionProviders: [{name: meshtrace-1, zipkin: {port: 9411}}]\n"},
      {"equal already", "accessLogFile: '/y' # c\n", {kFile, "/y"}, "accessLogFile: '/y' # c\n"},
  };
  for (const auto& each : cases) EXPECT_EQ(edited(each.text, each.edit), each.expected) << each.name;
}

TEST(MeshText, RefusesWithTheLine) {
  const struct {
    const char* name;
    std::string text;
    EntryEdit edit;
    const char* says;
  } cases[] = {
      {"no YAML", "a: 1\nb: [x\n", {kFile, "y"}, "istio:3: not valid YAML"},
      {"a tab as indentation", "a:\n\tb: 1\n", {kFile, "y"}, "istio:2: "},
      {"an unclosed quote", "a: 1\nb: \"x\n", {kFile, "y"}, "istio:2: "},
      {"duplicate keys", "a: 1\nb: 2\na: 3\n", {kFile, "y"}, "istio:3: the key \"a\" stands here twice"},
      {"several documents", "a: 1\n---\nb: 2\n", {kFile, "y"}, "istio:2: a second document begins here"},
      {"an empty second document", "a: 1\n---\n", {kFile, "y"}, "istio:2: a second document begins here"},
      {"a merge key", "x: &x {b: 1}\n<<: *x\n", {kFile, "y"}, "istio:2: merge keys"},
      {"a list at the top", "\n- a\n", {kFile, "y"}, "istio:2: the mesh configuration must be a map"},
      {"a text at the top", "# c\nhello\n", {kFile, "y"}, "istio:2: the mesh configuration must be a map"},
      {"null at the top", "~\n", {kFile, "y"}, "istio:1: "},
      {"a template", "a: {{ .Values.x }}\n", {kFile, "y"}, "istio:1: a key must be text"},
      {"an anchor that is used elsewhere",
       "a: 1\naccessLogFile: &f x\nb: *f\n",
       {kFile, "y"},
       "istio:2: an alias elsewhere"},
      {"an anchor below", "accessLogFile:\n  x: &f x\nb: *f\n", {kFile, "y"}, "istio:2: an alias elsewhere"},
      {"an alias without anchor", "a: *nobody\n", {kFile, "y"}, "istio:1: not valid YAML"},
      {"a shared list",
       "x: 1\nextensionProviders: &p\n- name: x\nb: *p\n",
       {kOurs, kProvider},
       "istio:2: an alias elsewhere"},
      {"a list by alias",
       "b: &p [{name: x}]\nextensionProviders: *p\n",
       {kOurs, kProvider},
       "istio:2: extensionProviders is an alias"},
      {"a list that is null",
       "b: 1\nextensionProviders: ~\n",
       {kOurs, kProvider},
       "istio:2: extensionProviders is null"},
      {"a list that is none",
       "extensionProviders: {a: b}\n",
       {kOurs, kProvider},
       "istio:1: extensionProviders is no list"},
      {"two of one name",
       "extensionProviders:\n- name: meshtrace-1\n- name: meshtrace-1\n",
       {kOurs, kProvider},
       "istio:2: extensionProviders has two entries of the name meshtrace-1"},
      {"a key without a colon",
       "{accessLogFile, b: 1}",
       {kFile, "y"},
       "istio:1: accessLogFile cannot be changed here alone"},
      {"not UTF-8", "a: \"\xff\"\n", {kFile, "y"}, "istio:1: not UTF-8"},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0",
                   4),
       {kFile, "y"},
       "istio:1: the text is UTF-16"},
      {"a NUL byte", std::string("a: 1\n\0", 6), {kFile, "y"}, "istio:2: a NUL byte"},
      {"an alias bomb",
       "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
       "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: "
       "[*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
       {kFile, "y"},
       "values after following aliases"},
      {"too deep",
       "a: " + std::string(200, '[') + std::string(200, ']') + "\n",
       {kFile, "y"},
       "istio:1: nested deeper"},
      {"too large",
       "a: " + std::string(kMaxMeshTextBytes, 'x') + "\n",
       {kFile, "y"},
       "istio: larger than 1000000 bytes"},
      {"too large with the entry",
       "a: " + std::string(kMaxMeshTextBytes - 10, 'x') + "\n",
       {kFile, "y"},
       "it would be larger than"},
  };
  for (const auto& each : cases) {
    const auto result = edit_mesh_text("istio", each.text, {each.edit});
    ASSERT_FALSE(result) << each.name << "\n" << result->text;
    EXPECT_NE(result.error().message().find(each.says), std::string::npos)
        << each.name << ": " << result.error().message();
  }
}

TEST(MeshText, RestoresWhatSomebodyWroteOtherwiseMeanwhile) {
  const struct {
    const char* name;
    const char* text;
    EntryRestore restore;
    const char* expected;
  } cases[] = {
      {"other quotes", "a: 1\naccessLogFile: '/dev/stdout'   # hm\n", {kFile, " x"}, "a: 1\naccessLogFile: x   # hm\n"},
      {"a block", "accessLogFormat: |\n  ours\nb: 1\n", {kFormat, " \"x\""}, "accessLogFormat: \"x\"\nb: 1\n"},
      {"a comment behind our value does not become part of a block",
       "accessLogFormat: ours # hm\nb: 1\n",
       {kFormat, " |\n  x"},
       "accessLogFormat: |\n  x\nb: 1\n"},
      {"nor does a comment below it",
       "accessLogFormat: ours\n  # hm\nb: 1\n",
       {kFormat, " |\n  x"},
       "accessLogFormat: \"x\\n\"\n  # hm\nb: 1\n"},
      {"an entry of ours that was moved", "# c\naccessLogFile: /dev/stdout # ours\nb: 1\n", {kFile, {}}, "# c\nb: 1\n"},
      {"an entry that is gone", "b: 1\n", {kFile, {}}, "b: 1\n"},
      {"a value that is gone", "b: 1\n", {kFile, " 'x'"}, "b: 1\naccessLogFile: 'x'\n"},
      {"a provider that is gone", "extensionProviders: []\n", {kOurs, {}}, "extensionProviders: []\n"},
      {"a list that is gone", "b: 1\n", {kOurs, {}}, "b: 1\n"},
      {"somebody else's provider in our list",
       "extensionProviders: # added by meshtrace, goes with the last of its entries\n- name: meshtrace-1\n- name: x\n",
       {kOurs, {}},
       "extensionProviders: # added by meshtrace, goes with the last of its entries\n- name: x\n"},
      {"our list without its mark",
       "extensionProviders:\n- name: meshtrace-1\nb: 1\n",
       {kOurs, {}},
       "extensionProviders:\nb: 1\n"},
      {"our provider, sorted before others",
       "extensionProviders: [{name: meshtrace-1, a: b}, {name: x}]\n",
       {kOurs, {}},
       "extensionProviders: [{name: x}]\n"},
      {"the whole text written anew as JSON",
       R"({"a":1,"extensionProviders":[{"name":"x"},{"name":"meshtrace-1"}]})",
       {kOurs, {}},
       R"({"a":1,"extensionProviders":[{"name":"x"}]})"},
  };
  for (const auto& each : cases) EXPECT_EQ(restored(each.text, each.restore), each.expected) << each.name;
}

TEST(MeshText, RefusesToRestoreWhatWouldBreakTheRest) {
  const struct {
    const char* name;
    const char* text;
    EntryRestore restore;
    const char* says;
  } cases[] = {
      {"an alias whose anchor is gone",
       "accessLogFile: x\n",
       {kFile, " *gone"},
       "istio:1: accessLogFile cannot be changed here"},
      {"a provider that is gone", "b: 1\n", {kOurs, "name: meshtrace-1"}, "is not there any more"},
      {"bytes that are another key, too", "a: 1\naccessLogFile: x\n", {kFile, " y\nb: 2"}, "istio:2: "},
      {"a text that is broken", "a: [\n", {kFile, {}}, "istio:"},
      {"an anchor that others use now", "accessLogFile: &f x\nb: *f\n", {kFile, {}}, "istio:1: an alias elsewhere"},
      {"a line that is shared", "--- accessLogFile: x\n", {kFile, {}}, "istio:1: "},
  };
  for (const auto& each : cases) {
    EXPECT_NE(restored(each.text, each.restore).find(each.says), std::string::npos)
        << each.name << ": " << restored(each.text, each.restore);
  }
}

TEST(MeshText, OfNineHundredKilobytesIsEditedAndPutBack) {
  std::string text = "# large\ndefaultConfig:\n  proxyMetadata:\n";
  for (int i = 0; text.size() < 900'000; ++i) {
    text += "    KEY_" + std::to_string(i) + ": \"" + std::string(60, 'v') + "\" # comment\n";
  }
  text += "accessLogFormat: |\n  %DURATION%\nextensionProviders:\n- name: otel\n";
  const auto result = edit_mesh_text("istio", text, {{kFormat, "%PROTOCOL%\n"}, {kOurs, kProvider}});
  ASSERT_TRUE(result) << result.error().message();
  const auto back =
      restore_mesh_text("istio", result->text, {{kFormat, result->previous[0]}, {kOurs, result->previous[1]}});
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_TRUE(*back == text);
}

}  // namespace
}  // namespace meshtrace::mesh
