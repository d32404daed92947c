// The header traceparent: what it says, and whether a receiver may use it. Allocates nothing: log readers ask millions
// of times. Makes no header.
// Source: W3C Trace Context, levels 1 and 2, section "traceparent Header Field Values".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

namespace meshtrace::trace {

// Characters of version 00: 2 + 32 + 16 + 2 and three dashes. Later versions have them, too, and may have more.
inline constexpr std::size_t kTraceparentLength = 55;

// Views into the value that was read.
struct Traceparent {
  std::string_view trace_id;   // 32 lower-case hexadecimal digits, not all zero
  std::string_view parent_id;  // 16 of them, not all zero
  std::uint8_t flags = 0;

  [[nodiscard]] bool sampled() const { return (flags & 1) != 0; }
};

// Why a receiver must start a trace of its own instead.
enum class TraceparentFault : std::uint8_t {
  kSeveral,       // a comma: two header lines joined
  kLength,        // shorter than any version, or longer than version 00
  kShape,         // no dash where one must be
  kUpperCase,     // right but for letters A to F
  kDigits,        // something that is no hexadecimal digit
  kVersion,       // ff
  kZeroTraceId,   // all zeros
  kZeroParentId,  // likewise
};
[[nodiscard]] std::string_view describe(TraceparentFault fault);

// Without blanks around it, as proxies hand it on. Of a later version the parts that version 00 has are read.
[[nodiscard]] tl::expected<Traceparent, TraceparentFault> parse_traceparent(std::string_view value);

}  // namespace meshtrace::trace
