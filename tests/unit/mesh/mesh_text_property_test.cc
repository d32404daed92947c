// Random mesh texts in random styles, random entries set at random times and put back in random order: the text is then
// byte for byte what it was. A failure prints its seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/mesh/mesh_text.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {
    crlf_ = pick(5) == 0;
    comments_ = pick(2) == 0;
    dash_indent_ = pick(2) * 2;
    step_ = 2 + pick(2) * 2;
  }

  std::string text() {
    if (pick(5) == 0) return flow_text();
    maybe_start();
    std::vector<std::string> keys{
        "accessLogFile", "accessLogFormat", "accessLogEncoding", "extensionProviders", "defaultConfig", "trustDomain",
        "other"};
    std::shuffle(keys.begin(), keys.end(), random_);
    keys.resize(pick(keys.size() + 1));
    for (const std::string& key : keys) member(key);
    if (pick(6) == 0) line("...");
    if (pick(6) == 0) line("# end");
    std::string out = pick(10) == 0 ? "\xEF\xBB\xBF" : "";
    for (const std::string& each : lines_) out += each + (crlf_ ? "\r\n" : "\n");
    if (!lines_.empty() && pick(3) == 0) out.resize(out.size() - (crlf_ ? 2 : 1));
    return out;
  }

  EntryEdit edit() {
    static const std::vector<json> values{
        "/dev/stdout", "",        "yes",  "%DURATION% \"a\" #: 'x'\n", "a\n\nb\\n\t\xC3\xA9", "{\"a\": 1}", "JSON",
        " - leading ", "| block", "plain"};
    static const std::vector<std::string> keys{"accessLogFile", "accessLogFormat", "accessLogEncoding"};
    if (pick(2) == 0) return {{keys[pick(keys.size())], ""}, values[pick(values.size())]};
    const std::string name = "meshtrace-" + std::to_string(pick(3));
    return {{"extensionProviders", name},
            {{"name", name}, {"envoyFileAccessLog", {{"logFormat", {{"text", values[pick(values.size())]}}}}}}};
  }

  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
  std::mt19937& random() { return random_; }

 private:
  void line(const std::string& text) { lines_.push_back(text); }

  std::string comment() { return comments_ && pick(3) == 0 ? "  # why" : ""; }

  void maybe_start() {
    if (comments_ && pick(3) == 0) line("# top");
    if (pick(4) == 0) line("---" + comment());
    if (pick(8) == 0) line("");
  }

  std::string scalar() {
    static const std::vector<std::string> texts{
        "/dev/stdout", "'it''s'", "\"a \\\"b\\\" # c\"", "yes", "0755", "~", "null", "''", "[a, b]", "{a: 1}", "a b",
        "&x y",        "!!str 5"};
    return texts[pick(texts.size())];
  }

  void block(const std::string& head, std::size_t indent) {
    static const std::vector<std::string> headers{"|", "|-", "|+", ">", ">-", ">+"};
    line(head + " " + headers[pick(headers.size())] + comment());
    const std::string pad(indent, ' ');
    line(pad + "[%START_TIME%] # text");
    if (pick(3) == 0) line("");
    if (pick(2) == 0) line(pad + "  - \"more\": x");
    for (std::size_t i = pick(3); i > 0; --i) line("");
  }

  void member(const std::string& key) {
    if (comments_ && pick(4) == 0) line("# about " + key);
    if (key == "extensionProviders") return providers();
    const std::string head = (pick(8) == 0 ? "\"" + key + "\"" : key) + ":";
    switch (pick(key == "defaultConfig" ? 8 : 6)) {
      case 0:
        return block(head, step_);
      case 1:
        line(head + comment());
        return line(std::string(step_, ' ') + scalar() + comment());
      case 2:
        return line(head + comment());
      case 3:
        line(head + " \"over");
        return line("  lines\"" + comment());
      case 6:
        line(head + comment());
        line(std::string(step_, ' ') + "tracing:");
        return block(std::string(2 * step_, ' ') + "text:", 3 * step_);
      default:
        return line(head + " " + scalar() + comment());
    }
  }

  void providers() {
    const std::string key = "extensionProviders:";
    switch (pick(6)) {
      case 0:
        return line(key + " []" + comment());
      case 1:
        return line(key + comment());
      case 2:
        return line(key + " [{name: otel, zipkin: {port: 1}}, {name: meshtrace-1}]" + comment());
      case 3:
        line(key + " [" + comment());
        line("  {name: otel}" + comment());
        return line("]" + comment());
      default:
        break;
    }
    line(key + comment());
    const std::string dash = std::string(dash_indent_, ' ') + "- ";
    const std::string inner(dash.size(), ' ');
    for (std::size_t i = 1 + pick(3); i > 0; --i) {
      if (comments_ && pick(3) == 0) line(std::string(dash_indent_, ' ') + "# provider");
      line(dash + "name: p" + std::to_string(i) + comment());
      if (pick(2) == 0) block(inner + "text:", inner.size() + step_);
    }
    if (pick(3) == 0) line(dash + "{name: meshtrace-2, zipkin: {port: 1}}" + comment());
  }

  std::string flow_text() {
    static const std::vector<std::string> texts{
        "{}",
        "{ }\n",
        "{\n}",
        R"({"a":1,"accessLogFile":"x"})",
        "{\n  \"a\": \"\\u0041\",\n  \"extensionProviders\": [\n    {\"name\": \"meshtrace-1\"}\n  ]\n}\n",
        "{a: 1, accessLogFormat: 'x, y', extensionProviders: []} # c\n",
        "--- {a: [b, c], extensionProviders: [ ],} # c",
        "{ # c\n  a: 1, # a\n  accessLogFile: \"x\" # f\n}\n",
    };
    return texts[pick(texts.size())];
  }

  std::mt19937 random_;
  bool crlf_ = false;
  bool comments_ = false;
  std::size_t dash_indent_ = 0;
  std::size_t step_ = 2;
  std::vector<std::string> lines_;
};

struct Done {
  Entry entry;
  std::optional<std::string> previous;
};

TEST(MeshTextProperty, WhatWasSetIsPutBackToTheByte) {
  constexpr unsigned kRuns = 1200;
  unsigned edits = 0;
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    Generator generator(seed);
    const std::string original = generator.text();
    std::string text = original;
    std::vector<Done> done;
    for (std::size_t i = 1 + generator.pick(5); i > 0; --i) {
      const EntryEdit edit = generator.edit();
      const bool is_again =
          std::any_of(done.begin(), done.end(), [&](const Done& each) { return each.entry == edit.entry; });
      if (is_again) continue;
      const auto edited = edit_mesh_text("mesh", text, {edit});
      ASSERT_TRUE(edited) << "seed " << seed << ": " << edited.error().message() << "\n" << text;
      const auto mesh = read_mesh_text("mesh", edited->text);
      ASSERT_TRUE(mesh) << "seed " << seed;
      ASSERT_EQ(*find_entry(*mesh, edit.entry), edit.value) << "seed " << seed << "\n" << edited->text;
      text = edited->text;
      done.push_back({edit.entry, edited->previous.front()});
      ++edits;
    }
    std::shuffle(done.begin(), done.end(), generator.random());
    const std::string fully_edited = text;
    for (const Done& each : done) {
      const auto restored = restore_mesh_text("mesh", text, {{each.entry, each.previous}});
      ASSERT_TRUE(restored) << "seed " << seed << ": " << restored.error().message() << "\n" << text;
      text = *restored;
    }
    ASSERT_EQ(text, original) << "seed " << seed << ", edited to\n" << fully_edited;
  }
  EXPECT_GT(edits, kRuns);
}

// Entries of one key written over and over by somebody else: only its own bytes change, and what stood there first
// comes back.
TEST(MeshTextProperty, AnEntryThatIsSetAgainKeepsItsFirstBytes) {
  constexpr unsigned kRuns = 300;
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    Generator generator(seed);
    const std::string original = generator.text();
    const EntryEdit first = generator.edit();
    const auto edited = edit_mesh_text("mesh", original, {first});
    ASSERT_TRUE(edited) << "seed " << seed;
    std::string text = edited->text;
    for (int i = 0; i < 3; ++i) {
      EntryEdit again = generator.edit();
      if (again.entry.provider.empty() != first.entry.provider.empty()) continue;
      again.entry = first.entry;
      if (!again.entry.provider.empty()) again.value["name"] = again.entry.provider;
      const auto rewritten = edit_mesh_text("mesh", text, {again});
      ASSERT_TRUE(rewritten) << "seed " << seed << ": " << rewritten.error().message() << "\n" << text;
      text = rewritten->text;
    }
    const auto restored = restore_mesh_text("mesh", text, {{first.entry, edited->previous.front()}});
    ASSERT_TRUE(restored) << "seed " << seed << ": " << restored.error().message() << "\n" << text;
    ASSERT_EQ(*restored, original) << "seed " << seed << ", edited to\n" << text;
  }
}

}  // namespace
}  // namespace meshtrace::mesh
