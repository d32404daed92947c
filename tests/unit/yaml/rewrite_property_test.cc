// Random documents in random styles, random changes: what comes out reads as the target, every line of the author's
// that did not have to change is there and in its order. A failure prints its seed.
#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

// One author: how lists, quotes, comments and line ends are written.
struct Author {
  std::size_t list_indent;
  std::size_t map_indent;
  bool comments;
  bool crlf;
  bool final_newline;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {
    author_ = {pick(2) * 2, 2 + pick(2) * 2, pick(2) == 1, pick(4) == 0, pick(4) != 0};
  }

  std::string document() {
    line(0, "kind: Pod");
    line(0, "spec:");
    const std::size_t spec = author_.map_indent;
    line(spec, "containers:");
    const std::size_t containers = 1 + pick(3);
    for (std::size_t i = 0; i < containers; ++i) container(spec + author_.list_indent, i);
    line(0, "tail: " + scalar());
    std::string text;
    for (const std::string& each : lines_) text += each + (author_.crlf ? "\r\n" : "\n");
    if (!author_.final_newline) text.resize(text.size() - (author_.crlf ? 2 : 1));
    return text;
  }

  json change(json value) {
    for (json& container : value["spec"]["containers"]) {
      if (pick(4) == 0) continue;
      json& env = container["env"];
      if (!env.is_array()) env = json::array();
      for (std::size_t i = 0, count = pick(4); i < count; ++i) {
        const auto at = static_cast<std::ptrdiff_t>(pick(env.size() + 1));
        json entry{{"name", "NEW_" + std::to_string(pick(1000))}};
        if (pick(2) == 0) {
          entry["value"] = odd_text();
        } else {
          entry["valueFrom"] = {{"fieldRef", {{"fieldPath", "metadata.name"}}}};
        }
        env.insert(env.begin() + at, entry);
      }
      if (!env.empty() && pick(3) == 0) env[pick(env.size())]["value"] = odd_text();
    }
    return value;
  }

  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

 private:
  void line(std::size_t indent, const std::string& text) {
    if (author_.comments && pick(5) == 0) lines_.push_back(std::string(indent, ' ') + "# a comment");
    if (author_.comments && pick(8) == 0) lines_.emplace_back();
    lines_.push_back(std::string(indent, ' ') + text + (author_.comments && pick(6) == 0 ? " # why" : ""));
  }

  std::string scalar() {
    static const std::vector<std::string> texts{"plain",    "'single'", "\"double\"", "\"with # hash\"", "yes",
                                                "0755",     "1.5",      "~",          "'it''s'",         "two words",
                                                "\"a: b\"", "[a, b]",   "{a: 1}",     "http://x:80/y"};
    return texts[pick(texts.size())];
  }

  std::string odd_text() {
    static const std::vector<std::string> texts{"1",    "yes",   "a=b,c=d", "",         " x ",  "#",
                                                "null", "a: b",  "$(A),b",  "\xC3\xA9", "a\nb", "plain",
                                                "- x",  "\"q\"", "'q'",     "{}",       "*a",   "0x1"};
    return texts[pick(texts.size())];
  }

  void block_text(std::size_t indent, const std::string& key) {
    static const std::vector<std::string> headers{"|", "|-", ">", ">-", "|+"};
    lines_.push_back(std::string(indent, ' ') + key + ": " + headers[pick(headers.size())]);
    lines_.push_back(std::string(indent + 2, ' ') + "first # no comment");
    if (pick(2) == 0) lines_.emplace_back();
    lines_.push_back(std::string(indent + 2, ' ') + "- second: x");
  }

  void container(std::size_t dash, std::size_t number) {
    const std::size_t indent = dash + 2;
    line(dash, "- name: c" + std::to_string(number));
    if (pick(2) == 0) line(indent, "image: x/y:1");
    if (pick(3) == 0) block_text(indent, "script");
    if (pick(2) == 0) env(indent);
    if (pick(2) == 0) line(indent, "other: " + scalar());
    if (pick(4) == 0) block_text(indent, "last");
  }

  void env(std::size_t indent) {
    const std::size_t shape = pick(6);
    if (shape == 0) return line(indent, "env: []");
    if (shape == 1) return line(indent, "env:");
    if (shape == 2) return line(indent, "env: [{name: A, value: \"1\"}, {name: B, value: x}]");
    line(indent, "env:");
    const std::size_t dash = indent + author_.list_indent;
    for (std::size_t i = 0, count = 1 + pick(4); i < count; ++i) {
      if (pick(4) == 0) {
        line(dash, "- {name: F" + std::to_string(i) + ", value: x}");
        continue;
      }
      line(dash, "- name: E" + std::to_string(i));
      if (pick(5) == 0) {
        block_text(dash + 2, "value");
      } else {
        line(dash + 2, "value: \"" + std::to_string(pick(3)) + "\"");
      }
    }
  }

  std::mt19937 random_;
  Author author_{};
  std::vector<std::string> lines_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// How many lines of `old` are missing from `now` in their order.
std::size_t lost_lines(const std::string& old, const std::string& now) {
  const auto a = lines_of(old);
  const auto b = lines_of(now);
  std::vector<std::vector<std::size_t>> common(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i][j] = a[i] == b[j] ? 1 + common[i + 1][j + 1] : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return a.size() - common[0][0];
}

// Lines that a change of this kind may touch: a replaced value's own (a block scalar has four), a list in flow style or
// an empty one, which is opened, and the last line when the text ends without a line end.
std::size_t allowed_losses(const json& old, const json& now) {
  std::size_t allowed = 1;
  for (std::size_t i = 0; i < old["spec"]["containers"].size(); ++i) {
    if (old["spec"]["containers"][i] != now["spec"]["containers"][i]) allowed += 4;
  }
  return allowed;
}

TEST(YamlRewriteProperty, ReadsAsTheTargetAndKeepsTheAuthorsLines) {
  constexpr unsigned kRuns = 3000;
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    Generator generator(seed);
    const std::string text = generator.document();
    const auto documents = read("m.yaml", text);
    ASSERT_TRUE(documents) << "seed " << seed << ": " << documents.error().message() << "\n" << text;
    const json target = generator.change(documents->front().value);
    const auto result = rewrite(documents->front(), target);
    ASSERT_TRUE(result) << "seed " << seed << ": " << result.error().message() << "\n"
                        << text << "\n"
                        << target.dump(1);
    const auto again = read("m.yaml", *result);
    ASSERT_TRUE(again) << "seed " << seed;
    ASSERT_EQ(again->front().value, target) << "seed " << seed << "\n" << *result;
    ASSERT_LE(lost_lines(text, *result), allowed_losses(documents->front().value, target)) << "seed " << seed << "\n"
                                                                                           << text << "\n--- became\n"
                                                                                           << *result;
    ASSERT_EQ(text.find('\r') != std::string::npos, result->find('\r') != std::string::npos) << "seed " << seed;
  }
}

TEST(YamlRewriteProperty, InsertionsAloneLoseNoLine) {
  constexpr unsigned kRuns = 1000;
  unsigned checked = 0;
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    Generator generator(seed);
    const std::string text = generator.document();
    const auto documents = read("m.yaml", text);
    ASSERT_TRUE(documents) << "seed " << seed;
    json target = documents->front().value;
    bool only_blocks = true;
    for (json& container : target["spec"]["containers"]) {
      if (container.contains("env") && (!container["env"].is_array() || container["env"].empty())) only_blocks = false;
      container["env"].insert(
          container["env"].is_null() ? (container["env"] = json::array()).end() : container["env"].begin(),
          {{"name", "FIRST"}, {"value", "1"}});
    }
    if (!only_blocks || text.find("env: [") != std::string::npos || text.back() != '\n') continue;
    const auto result = rewrite(documents->front(), target);
    ASSERT_TRUE(result) << "seed " << seed << ": " << result.error().message() << "\n" << text;
    ++checked;
    ASSERT_EQ(lost_lines(text, *result), 0u) << "seed " << seed << "\n" << text << "\n--- became\n" << *result;
  }
  EXPECT_GT(checked, kRuns / 10);
}

}  // namespace
}  // namespace meshtrace::yaml
