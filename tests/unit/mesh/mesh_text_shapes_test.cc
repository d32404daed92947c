// Mesh texts as people write them. For each, every entry that we write is set, alone and all together, and put back in
// every order: the text is then byte for byte what it was, and in between nothing else in it has changed.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/mesh/mesh_text.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

struct Shape {
  const char* name;
  std::string text;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{
      {"nothing", ""},
      {"one line end", "\n"},
      {"white space", "  \n\n"},
      {"white space without a line end", "  "},
      {"a comment", "# the mesh of team blue\n"},
      {"a comment without a line end", "# the mesh of team blue"},
      {"a start of document", "---\n"},
      {"a start of document without a line end", "---"},
      {"a start with a comment", "--- # mesh\n"},
      {"start and end of an empty document", "---\n...\n"},
      {"an empty document that ends without a line end", "# none\n---\n# none\n..."},
      {"an empty map", "{}"},
      {"an empty map with room", "{ }  # none\n"},
      {"an empty map over lines", "{\n}\n"},
      {"what istioctl writes",
       "accessLogFile: /dev/stdout\ndefaultConfig:\n  discoveryAddress: istiod.istio-system.svc:15012\n"
       "defaultProviders:\n  metrics:\n  - prometheus\nenablePrometheusMerge: true\nextensionProviders:\n"
       "- envoyOtelAls:\n    port: 4317\n    service: opentelemetry-collector.observability.svc.cluster.local\n"
       "  name: otel\n- name: skywalking\n  skywalking:\n    port: 11800\n    service: tracing.istio-system.svc\n"
       "rootNamespace: istio-system\ntrustDomain: cluster.local"},
      {"what helm writes",
       "# Comment of the chart.\ndefaultConfig:\n  discoveryAddress: istiod.istio-system.svc:15012\n"
       "enablePrometheusMerge: true\nrootNamespace: null\ntrustDomain: cluster.local\n"},
      {"other keys only", "trustDomain: cluster.local\n"},
      {"no final line end", "trustDomain: cluster.local"},
      {"blank lines at the end", "trustDomain: cluster.local\n\n\n"},
      {"white space at the end", "trustDomain: cluster.local   "},
      {"a comment at the end", "trustDomain: cluster.local\n# end"},
      {"an indented comment at the end", "defaultConfig:\n  concurrency: 2\n  # later: 4\n"},
      {"comments everywhere",
       "# top\n\n# about the file\naccessLogFile: /dev/stdout # behind\n# between\naccessLogFormat: # at the key\n"
       "  # before the value\n  \"%DURATION%\" # behind the value\n# end\n"},
      {"double quotes", "accessLogFormat: \"[%START_TIME%] %RESPONSE_CODE%\\n\"\naccessLogEncoding: \"TEXT\"\n"},
      {"single quotes", "accessLogFormat: '[%START_TIME%] it''s %RESPONSE_CODE%'   # quoted\naccessLogFile: ''\n"},
      {"plain", "accessLogFormat: '%DURATION%'\naccessLogFile:    /dev/stderr\naccessLogEncoding: JSON\n"},
      {"a literal block", "accessLogFormat: |\n  [%START_TIME%] \"%REQ(:METHOD)%\"\n  %DURATION%\ntrustDomain: a\n"},
      {"a stripped literal block", "accessLogFormat: |-\n  [%START_TIME%]\n\n\ntrustDomain: a\n"},
      {"a keeping literal block", "accessLogFormat: |+\n  [%START_TIME%]\n\n\ntrustDomain: a\n"},
      {"a folded block", "accessLogFormat: >\n  [%START_TIME%]\n  %DURATION%\n\n  %PROTOCOL%\ntrustDomain: a\n"},
      {"a stripped folded block", "accessLogFormat: >-\n    [%START_TIME%]\n    %DURATION%\n"},
      {"a keeping folded block at the end", "accessLogFormat: >+\n  %DURATION%\n\n"},
      {"a block with its indentation stated", "accessLogFormat: |2-\n    %DURATION%\n   %PROTOCOL%\n"},
      {"a comment in the block's header",
       "accessLogFormat: |  # two lines, mind\n  %DURATION%\n  # part of the text\n"},
      {"a block that the text ends in", "trustDomain: a\naccessLogFormat: |\n  %DURATION%"},
      {"only a block that the text ends in", "ingressClass: |\n  %DURATION%"},
      {"a nested block that the text ends in", "extensionProviders:\n- name: a\n  x:\n    text: |\n      %DURATION%"},
      {"an empty block", "accessLogFormat: |\ntrustDomain: a\n"},
      {"text over lines", "accessLogFormat: at %DURATION%\n  %PROTOCOL%\n\n  %ROUTE_NAME%\ntrustDomain: a\n"},
      {"quoted over lines", "accessLogFormat: \"%DURATION%\n\n  %PROTOCOL%\\\n  x\"\ntrustDomain: a\n"},
      {"a value on its own line", "accessLogFile:\n  /dev/stdout\naccessLogFormat:\n\n\n   \"%DURATION%\"\n"},
      {"no value", "accessLogFile:\naccessLogFormat:   # none\naccessLogEncoding:"},
      {"null", "accessLogFile: ~\naccessLogFormat: null # none\naccessLogEncoding: Null\n"},
      {"null on its own line", "accessLogFile:\n  ~\naccessLogFormat: # why\n\n   null # none\nnullable:\nnull_2: 1\n"},
      {"a value of another kind", "accessLogFile: {a: b} # what?\naccessLogFormat:\n- x\n- y\naccessLogEncoding: 5\n"},
      {"quoted keys", "\"accessLogFile\": /dev/stdout\n'accessLogFormat': x\n"},
      {"room before the colon", "accessLogFile : /dev/stdout\n"},
      {"an explicit key", "trustDomain: a\n? accessLogFile\n: /dev/stdout\n"},
      {"a tab behind the colon", "accessLogFile:\t/dev/stdout\t# x\n"},
      {"tabs in the text", "accessLogFormat: \"a\tb\"\ntrustDomain: 'x\ty'\n"},
      {"a tag", "accessLogFile: !!str /dev/stdout\naccessLogFormat: !!str |\n  x\n"},
      {"an anchor that nobody uses", "accessLogFile: &file /dev/stdout\naccessLogFormat: &f\n  x\n"},
      {"an alias", "defaultConfig:\n  binaryPath: &path /usr/bin/envoy\naccessLogFile: *path # same\n"},
      {"anchors elsewhere", "a: &a {b: c}\nd: *a\ne: [*a, *a]\n"},
      {"CRLF", "accessLogFile: /dev/stdout\r\naccessLogFormat: |\r\n  %DURATION%\r\n\r\ntrustDomain: a\r\n"},
      {"CRLF without a final one", "accessLogFile: /dev/stdout\r\ntrustDomain: a"},
      {"mixed line ends", "trustDomain: a\naccessLogFile: x\r\naccessLogFormat: y\n"},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "accessLogFile: x\ntrustDomain: a\n"},
      {"only a byte order mark", "\xEF\xBB\xBF"},
      {"an indented map", "  accessLogFile: x\n  trustDomain: a\n"},
      {"start and end of a document", "# c\n--- # start\naccessLogFile: x\ntrustDomain: a\n...\n# after\n"},
      {"a directive", "%YAML 1.1\n---\naccessLogFile: x\n"},
      {"a tag on the whole", "--- !!map\naccessLogFile: x\n"},
      {"flow style", "{accessLogFile: /dev/stdout, trustDomain: a} # flow\n"},
      {"flow style, spaced", "{ trustDomain: \"a\" , accessLogFormat: 'x' }"},
      {"flow style over lines", "{\n  accessLogFile: x, # file\n  trustDomain: a # last\n}\n"},
      {"flow style with a last comma", "{\n  trustDomain: a,\n  accessLogFile: x,\n}\n"},
      {"compact JSON", R"({"trustDomain":"a","accessLogFile":"","extensionProviders":[{"name":"otel"}]})"},
      {"JSON on one line", R"({"trustDomain": "a", "accessLogFormat": "\u0025DURATION%\n"})"},
      {"JSON over lines", "{\n    \"trustDomain\": \"a\",\n    \"extensionProviders\": []\n}\n"},
      {"an empty list of providers", "extensionProviders: []\n"},
      {"an empty list with room", "extensionProviders: [  ] # none\ntrustDomain: a\n"},
      {"an empty list over lines", "extensionProviders: [\n  # none\n]\n"},
      {"a list without value", "extensionProviders:\ntrustDomain: a\n"},
      {"a list without value at the end", "trustDomain: a\nextensionProviders: # none"},
      {"a list under its key",
       "extensionProviders:\n# the first\n- name: otel # x\n  opentelemetry: {port: 4317, service: a.b}\n# end\n"},
      {"an indented list", "extensionProviders:\n  - name: otel\n    zipkin:\n      port: 9411\ntrustDomain: a\n"},
      {"a list of wide dashes", "extensionProviders:\n    -   name: otel\n        zipkin:\n            port: 9411\n"},
      {"dashes on their own lines", "extensionProviders:\n-\n  name: otel\n-\n  name: b\n"},
      {"a list of flow maps", "extensionProviders:\n- {name: otel} # o\n- {name: b}\ntrustDomain: a\n"},
      {"a flow list", "extensionProviders: [{name: otel}, {name: b}] # two\n"},
      {"a flow list over lines", "extensionProviders: [\n  {name: otel}, # o\n  {name: b} # b\n]\ntrustDomain: a\n"},
      {"a flow list with room at its start", "extensionProviders: [ {name: otel} ]\n"},
      {"aliases among the providers", "x: &x {name: otel}\nextensionProviders:\n- *x\n- name: b\n"},
      {"anchors within the providers", "extensionProviders:\n- name: a\n  x: &h b.c\n- {name: b, x: *h}\n"},
      {"a list that ends without a line end", "extensionProviders:\n- name: otel\n  zipkin:\n    port: 9411"},
      {"a list in CRLF", "extensionProviders:\r\n- name: otel\r\n  zipkin:\r\n    port: 9411\r\n"},
      {"a provider whose text is a block",
       "extensionProviders:\n- name: a\n  envoyFileAccessLog:\n    logFormat:\n      text: |\n        "
       "%DURATION%\n\n\n"},
      {"our provider is there already",
       "extensionProviders:\n- name: meshtrace-1\n  # mine\n  envoyFileAccessLog: {path: '/dev/stdout'}\n- name: b\n"},
      {"our provider is there in flow style",
       "extensionProviders: [{name: \"meshtrace-1\", zipkin: {port: 1}}, {name: b}]"},
      {"non-ASCII",
       "trustDomain: \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\" # \xC3\xA9\naccessLogFormat: \xC3\xA9 %DURATION%\n"},
      {"numbers and booleans", "enableTracing: yes\nport: 0755\nt: 2001-01-01\nf: 1_000.5\naccessLogFile: on\n"},
  };
  return all;
}

Entry provider(const std::string& name) { return {"extensionProviders", name}; }

json provider_value(const std::string& name) {
  return {{"name", name},
          {"envoyFileAccessLog",
           {{"path", "/dev/stdout"}, {"logFormat", {{"text", "[%START_TIME%] \"%REQ(TRACEPARENT)%\" 100%% # x\n"}}}}}};
}

const std::vector<EntryEdit>& all_edits() {
  static const std::vector<EntryEdit> edits{
      {{"accessLogFile", ""}, "/dev/stdout"},
      {{"accessLogFormat", ""}, "[%START_TIME%] \"%REQ(:METHOD)%\" traceparent=%REQ(TRACEPARENT)% #1: '\\' {}\n"},
      {provider("meshtrace-1"), provider_value("meshtrace-1")},
      {provider("meshtrace-2"), provider_value("meshtrace-2")},
  };
  return edits;
}

json read(const std::string& text) {
  auto mesh = read_mesh_text("mesh", text);
  EXPECT_TRUE(mesh) << (mesh ? "" : mesh.error().message()) << "\n" << text;
  return mesh ? *mesh : json::object();
}

// The value with the edits applied, as plain JSON says it.
json expected(json mesh, const std::vector<EntryEdit>& edits) {
  for (const EntryEdit& edit : edits) {
    if (const json* there = find_entry(mesh, edit.entry)) {
      *const_cast<json*>(there) = edit.value;
    } else if (edit.entry.provider.empty()) {
      mesh[edit.entry.key] = edit.value;
    } else {
      mesh[edit.entry.key].push_back(edit.value);
    }
  }
  return mesh;
}

// The order of providers means nothing to Istio, and one is put first where it cannot be put last.
json with_sorted_providers(json mesh) {
  if (mesh.contains("extensionProviders"))
    std::sort(mesh["extensionProviders"].begin(), mesh["extensionProviders"].end());
  return mesh;
}

void expect_way_there_and_back(const Shape& shape, const std::vector<EntryEdit>& edits) {
  const auto edited = edit_mesh_text("mesh", shape.text, edits);
  ASSERT_TRUE(edited) << shape.name << ": " << edited.error().message();
  EXPECT_EQ(with_sorted_providers(read(edited->text)), with_sorted_providers(expected(read(shape.text), edits)))
      << shape.name << "\n"
      << edited->text;
  ASSERT_EQ(edited->previous.size(), edits.size());

  std::vector<std::size_t> order(edits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    std::string text = edited->text;
    for (const std::size_t i : order) {
      const auto restored = restore_mesh_text("mesh", text, {{edits[i].entry, edited->previous[i]}});
      ASSERT_TRUE(restored) << shape.name << ": " << restored.error().message() << "\n" << text;
      text = *restored;
    }
    ASSERT_EQ(text, shape.text) << shape.name << ", edited to\n" << edited->text;
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(MeshTextShapes, AreSixtyAtLeast) { EXPECT_GE(shapes().size(), 60u); }

TEST(MeshTextShapes, EachEntryAloneIsSetAndPutBack) {
  for (const Shape& shape : shapes()) {
    for (const EntryEdit& edit : all_edits()) expect_way_there_and_back(shape, {edit});
  }
}

TEST(MeshTextShapes, AllTogetherArePutBackInEveryOrder) {
  for (const Shape& shape : shapes()) expect_way_there_and_back(shape, all_edits());
}

// As the controller does it: one after the other, each from the text as it is then.
TEST(MeshTextShapes, EditsOfDifferentTimesArePutBackInEveryOrder) {
  for (const Shape& shape : shapes()) {
    std::string text = shape.text;
    std::vector<EntryRestore> restores;
    for (const EntryEdit& edit : all_edits()) {
      const auto edited = edit_mesh_text("mesh", text, {edit});
      ASSERT_TRUE(edited) << shape.name << ": " << edited.error().message();
      text = edited->text;
      restores.push_back({edit.entry, edited->previous.front()});
    }
    for (std::size_t first = 0; first < restores.size(); ++first) {
      std::rotate(restores.begin(), restores.begin() + 1, restores.end());
      const auto restored = restore_mesh_text("mesh", text, restores);
      ASSERT_TRUE(restored) << shape.name << ": " << restored.error().message() << "\n" << text;
      EXPECT_EQ(*restored, shape.text) << shape.name;
    }
  }
}

TEST(MeshTextShapes, WhatIsThereAlreadyKeepsItsBytes) {
  for (const Shape& shape : shapes()) {
    const auto edited = edit_mesh_text("mesh", shape.text, all_edits());
    ASSERT_TRUE(edited) << shape.name;
    const auto again = edit_mesh_text("mesh", edited->text, all_edits());
    ASSERT_TRUE(again) << shape.name << ": " << again.error().message();
    EXPECT_EQ(again->text, edited->text) << shape.name;
  }
}

}  // namespace
}  // namespace meshtrace::mesh
