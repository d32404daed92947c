// The small grammars: quantities, durations, resource attributes, references, globs. Each against what must hold for
// every text, so that a slip in one of them is found without an example of it.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include "core/policy/glob.h"
#include "core/trace/duration.h"
#include "core/trace/expansion.h"
#include "core/trace/quantity.h"
#include "core/trace/resource_attributes.h"
#include "tests/fuzz/require.h"

namespace meshtrace::fuzz {
namespace {

std::string percent_decoded(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

void check_quantity(const std::string& text) {
  const auto bytes = trace::parse_quantity(text);
  if (!bytes) return;
  require(*bytes >= 0, "a quantity is not negative", text);
  const auto more = trace::parse_quantity("1" + text);
  const bool is_number = !text.empty() && text.front() >= '0' && text.front() <= '9';
  require(!is_number || (more && *more >= *bytes), "a digit in front makes no quantity smaller", text);
}

void check_duration(const std::string& text) {
  const auto duration = trace::parse_duration(text);
  if (!duration) return;
  const std::string shortest = trace::format_duration(*duration);
  const auto again = trace::parse_duration(shortest);
  require(again && *again == *duration, "a duration printed reads as itself", text + " -> " + shortest);
}

void check_attributes(const std::string& text) {
  const std::string encoded = trace::encode_attribute_value(text);
  require(percent_decoded(encoded) == text, "a value encoded decodes to itself", encoded);
  const std::string pair = "key=" + encoded;
  const trace::AttributeList own = trace::parse_attributes(pair);
  require(own.keys.size() == 1 && own.keys[0] == "key" && !own.problem && !own.opaque && !own.has_empty_items,
          "an encoded value is one item that no SDK drops", encoded);

  const std::string mended = trace::without_empty_items(text);
  require(trace::without_empty_items(mended) == mended, "mending twice is mending once", mended);
  const trace::AttributeList before = trace::parse_attributes(text);
  const trace::AttributeList after = trace::parse_attributes(mended);
  require(!after.has_empty_items && after.keys == before.keys && after.problem == before.problem,
          "mending changes empty items alone", mended);
}

void check_references(const std::string& text) {
  require(trace::references(trace::escape_dollars(text)).empty(), "escaped text refers to nothing", text);
  require(trace::rename_reference(text, "NOBODY", "ELSE") == text || text.find("$(NOBODY)") != std::string::npos,
          "renaming what is not there changes nothing", text);
  const std::string renamed = trace::rename_reference(text, "A", "B");
  const auto names = trace::references(renamed);
  require(std::find(names.begin(), names.end(), "A") == names.end(), "no reference keeps the old name", renamed);
  require(names.size() == trace::references(text).size(), "renaming loses no reference", renamed);
}

void check_glob(const std::string& text) {
  require(policy::glob_match("*", text), "* matches everything");
  require(policy::glob_match(text, text) || policy::is_glob(text), "a name matches itself", text);
  const std::size_t half = text.size() / 2;
  const std::string pattern = text.substr(0, half);
  const std::string name = text.substr(half);
  if (policy::glob_match(pattern, name)) {
    require(policy::glob_match(pattern + "*", name + "tail"), "a star takes what follows", text);
  }
}

}  // namespace
}  // namespace meshtrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  meshtrace::fuzz::check_quantity(text);
  meshtrace::fuzz::check_duration(text);
  meshtrace::fuzz::check_attributes(text);
  meshtrace::fuzz::check_references(text);
  meshtrace::fuzz::check_glob(text);
  return 0;
}
