// Entries cut out and put in as bytes. That an edit and its way back leave a text as it was is the mesh text's test
// (tests/unit/mesh); here stand the places themselves.
#include "core/yaml/splice.h"

#include <gtest/gtest.h>

#include <string>

#include "core/yaml/split.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

// A parsed document and its splicer.
struct Opened {
  explicit Opened(const std::string& written)
      : text(written), chunk{text, 1, json::accept(text)}, tree(*parse("m.yaml", chunk, {})), splicer(chunk, tree) {}

  [[nodiscard]] Member member(std::string_view key) const { return *splicer.find(*tree.root, key); }
  [[nodiscard]] std::string cut(Span span) const { return text.substr(span.begin, span.end - span.begin); }
  [[nodiscard]] std::string with(const std::optional<Splice>& splice) const {
    return splice ? splice->apply(text) : "none";
  }

  std::string text;
  Chunk chunk;
  Tree tree;
  Splicer splicer;
};

TEST(YamlSplice, FindsMembersByTheirKeyAsJsonHasIt) {
  const Opened opened("'a': 1\n&x b: 2\n1: one\nyes: y\n");
  for (const char* key : {"a", "b", "1", "true"}) EXPECT_TRUE(opened.splicer.find(*opened.tree.root, key)) << key;
  EXPECT_FALSE(opened.splicer.find(*opened.tree.root, "yes"));
}

TEST(YamlSplice, AValueReachesFromTheColonToItsLastByte) {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"k: x # c\n", " x"},
      {"k:  'it''s' # c\n", "  'it''s'"},
      {"k: &a !!str x\n", " &a !!str x"},
      {"k: # c\n  x # d\n", " # c\n  x"},
      {"k: | # c\n  x\n\n  y\n\nz: 1\n", " | # c\n  x\n\n  y"},
      {"k: |+\n  x\n\nz: 1\n", " |+\n  x\n"},
      {"k:\n- a\n- b # c\nz: 1\n", "\n- a\n- b"},
      {"k: # c\nz: 1\n", ""},
      {"k: ~ # c\n", " ~"},
      {"a: &a 1\nk: *a # c\n", " *a"},
      {"{k: [a, b], z: 1}", " [a, b]"},
      {"{\"k\":1}", "1"},
  };
  for (const auto& each : cases) {
    const Opened opened(each.text);
    EXPECT_EQ(opened.cut(opened.splicer.value_span(opened.member("k"))), each.expected) << each.text;
  }
}

TEST(YamlSplice, KnowsAnchorsThatAreUsedElsewhere) {
  const Opened opened("a: {b: &x 1}\nc: &y 2\nd: *x\ne: 3\n");
  EXPECT_TRUE(opened.splicer.shared_anchor(opened.member("a").value()));
  EXPECT_FALSE(opened.splicer.shared_anchor(opened.member("c").value()));
  EXPECT_FALSE(opened.splicer.shared_anchor(opened.member("d").value()));
  EXPECT_FALSE(opened.splicer.shared_anchor(opened.member("e").value()));
}

TEST(YamlSplice, TakesOutWhatHasItsLinesToItself) {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"a: 1\nk: x # c\nb: 2\n", "a: 1\nb: 2\n"},
      {"a: 1\nk: |\n  x\n\n\nb: 2\n", "a: 1\n\n\nb: 2\n"},
      {"a: 1\r\nk: x", "a: 1"},
      {"k: x", ""},
      {"{k: x}", "{}"},
      {"{k: x, a: 1}", "{a: 1}"},
      {"{a: 1, k: x }", "{a: 1 }"},
      {"? k\n: x\n", "none"},
  };
  for (const auto& each : cases) {
    const Opened opened(each.text);
    EXPECT_EQ(opened.with(opened.splicer.remove_member(opened.member("k"))), each.expected) << each.text;
  }
  const Opened list("k:\n- a # c\n-\n  b\n- c\n");
  EXPECT_EQ(list.with(list.splicer.remove_item(list.member("k").value(), 0)), "k:\n-\n  b\n- c\n");
  EXPECT_EQ(list.with(list.splicer.remove_item(list.member("k").value(), 1)), "none");
}

TEST(YamlSplice, TellsBlockScalarsByTheirBytes) {
  for (const char* bytes : {" |\n  x", " >-\n  x", " &a !!str |\n  x", " # c\n  |\n  x"})
    EXPECT_TRUE(is_block_scalar(bytes));
  for (const char* bytes : {"", " x", " '|'", " \"> x\"", " [|]"}) EXPECT_FALSE(is_block_scalar(bytes)) << bytes;
}

}  // namespace
}  // namespace meshtrace::yaml
