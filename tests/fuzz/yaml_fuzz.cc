// Manifests: no byte is lost by splitting; rewriting to what stands there changes nothing; rewriting to something else
// gives a text that reads as that, or an error.
#include <cstdint>
#include <string>

#include "core/yaml/yaml.h"
#include "tests/fuzz/require.h"

namespace meshtrace::fuzz {
namespace {

using nlohmann::json;

// Small, so that the sanitizers' slowness is spent on many inputs and not on large ones.
constexpr yaml::Limits kLimits{.max_bytes = 1u << 16, .max_depth = 32, .max_nodes = 20'000};

// A stream of small numbers that the input decides: the last bytes of the text, again and again.
class Choices {
 public:
  explicit Choices(std::string_view text) : text_(text) {}
  std::size_t below(std::size_t bound) {
    const std::size_t at = count_++ % (text_.size() + 1);
    const auto byte = at < text_.size() ? static_cast<unsigned char>(text_[text_.size() - 1 - at]) : 0;
    return (byte + count_) % bound;
  }

 private:
  std::string_view text_;
  std::size_t count_ = 0;
};

json new_value(Choices& choices) {
  switch (choices.below(8)) {
    case 0:
      return "plain";
    case 1:
      return "true";
    case 2:
      return "a: b # c";
    case 3:
      return " two\nlines\n";
    case 4:
      return static_cast<int>(choices.below(1000));
    case 5:
      return json::array({"x", {{"name", "OTEL_A"}, {"value", "1"}}});
    case 6:
      return {{"name", "OTEL_B"}, {"value", "\xC3\xBC"}};
    default:
      return nullptr;
  }
}

// One change somewhere in the value: what injection does (adds), and what it might (replaces, removes).
void change(json& value, Choices& choices) {
  json* at = &value;
  while (at->is_structured() && !at->empty() && choices.below(4) != 0) {
    auto member = at->begin();
    std::advance(member, static_cast<std::ptrdiff_t>(choices.below(at->size())));
    at = &*member;
  }
  if (at->is_array()) {
    at->insert(at->begin() + static_cast<std::ptrdiff_t>(choices.below(at->size() + 1)), new_value(choices));
  } else if (at->is_object() && !at->empty() && choices.below(4) == 0) {
    at->erase(at->begin());
  } else if (at->is_object()) {
    (*at)["added-" + std::to_string(choices.below(3))] = new_value(choices);
  } else {
    *at = new_value(choices);
  }
}

void check_document(const yaml::Document& document, std::string_view text) {
  const auto same = yaml::rewrite(document, document.value);
  require(!same || *same == document.text, "rewriting to what stands there changes nothing", same ? *same : "");
  Choices choices(text);
  json target = document.value;
  change(target, choices);
  const auto rewritten = yaml::rewrite(document, target);
  if (!rewritten) {
    require(!rewritten.error().what.empty(), "an error says what");
    return;
  }
  const auto read = yaml::read("rewritten", *rewritten, {});
  require(read.has_value(), "what was rewritten can be read", read ? "" : read.error().message() + "\n" + *rewritten);
  require(read->size() == 1 && read->front().value == target, "what was rewritten reads as the target",
          *rewritten + "\n" + target.dump());
}

void check(const std::string& text) {
  const auto documents = yaml::read("input", text, kLimits);
  if (!documents) {
    require(documents.error().where.starts_with("input"), "an error says where", documents.error().message());
    return;
  }
  std::string joined;
  for (const yaml::Document& document : *documents) joined += document.text;
  require(joined == text, "the documents joined are the text", joined);
  for (const yaml::Document& document : *documents) check_document(document, text);
}

}  // namespace
}  // namespace meshtrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  meshtrace::fuzz::check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
