#include "core/trace/traceparent.h"

#include <algorithm>
#include <array>

namespace meshtrace::trace {
namespace {

using Fault = TraceparentFault;

constexpr std::size_t kTraceId = 3;
constexpr std::size_t kTraceIdLength = 32;
constexpr std::size_t kParentId = 36;
constexpr std::size_t kParentIdLength = 16;
constexpr std::size_t kFlags = 53;
constexpr std::array<std::size_t, 3> kDashes{kTraceId - 1, kParentId - 1, kFlags - 1};

// What a character is; flags, so that those of all characters can be or-ed together.
enum : std::uint8_t { kLowerDigit = 0, kUpperDigit = 1, kNoDigit = 2 };

constexpr auto kCharacters = [] {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool lower = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    table[c] = lower ? kLowerDigit : c >= 'A' && c <= 'F' ? kUpperDigit : kNoDigit;
  }
  return table;
}();

std::uint8_t looks(std::string_view part) {
  std::uint8_t all = 0;
  for (const char c : part) all |= kCharacters[static_cast<unsigned char>(c)];
  return all;
}

bool is_zero(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char c) { return c == '0'; });
}

std::uint8_t nibble(char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

}  // namespace

std::string_view describe(TraceparentFault fault) {
  switch (fault) {
    case Fault::kSeveral:
      return "several values, joined by commas";
    case Fault::kLength:
      return "not 55 characters long";
    case Fault::kShape:
      return "no dash where one must be";
    case Fault::kUpperCase:
      return "letters in upper case";
    case Fault::kDigits:
      return "something that is no hexadecimal digit";
    case Fault::kVersion:
      return "version ff, which is none";
    case Fault::kZeroTraceId:
      return "a trace id of zeros";
    case Fault::kZeroParentId:
      return "a parent id of zeros";
  }
  return "";
}

tl::expected<Traceparent, Fault> parse_traceparent(std::string_view value) {
  if (value.find(',') != std::string_view::npos) return tl::make_unexpected(Fault::kSeveral);
  if (value.size() < kTraceparentLength) return tl::make_unexpected(Fault::kLength);
  for (const std::size_t dash : kDashes) {
    if (value[dash] != '-') return tl::make_unexpected(Fault::kShape);
  }
  const std::string_view version = value.substr(0, kTraceId - 1);
  const Traceparent read{value.substr(kTraceId, kTraceIdLength), value.substr(kParentId, kParentIdLength)};
  const std::string_view flags = value.substr(kFlags, 2);

  const auto looked = looks(version) | looks(read.trace_id) | looks(read.parent_id) | looks(flags);
  if ((looked & kNoDigit) != 0) return tl::make_unexpected(Fault::kDigits);
  if ((looked & kUpperDigit) != 0) return tl::make_unexpected(Fault::kUpperCase);
  if (version == "ff") return tl::make_unexpected(Fault::kVersion);
  if (value.size() > kTraceparentLength) {
    if (version == "00") return tl::make_unexpected(Fault::kLength);
    if (value[kTraceparentLength] != '-') return tl::make_unexpected(Fault::kShape);
  }
  if (is_zero(read.trace_id)) return tl::make_unexpected(Fault::kZeroTraceId);
  if (is_zero(read.parent_id)) return tl::make_unexpected(Fault::kZeroParentId);
  return Traceparent{read.trace_id, read.parent_id,
                     static_cast<std::uint8_t>(nibble(flags[0]) << 4 | nibble(flags[1]))};
}

}  // namespace meshtrace::trace
