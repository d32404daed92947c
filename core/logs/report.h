// What an analysis of access logs says: hop by hop, what became of the trace there, with examples.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::logs {

// What is wrong with a request.
enum class Kind : std::uint8_t {
  kAbsent,     // no traceparent
  kMalformed,  // one that a receiver must not use
  kRestarted,  // another trace than the same request had before
  kUnsampled,  // sampled before, not sampled here
  kTooLarge,   // answered 431
  kNotShown,   // the entry's format does not show traceparent
};
inline constexpr std::size_t kKindCount = 6;

struct KindInfo {
  Kind kind;
  std::string_view name;   // in JSON
  std::string_view code;   // the audit's check that finds the cause in configuration
  std::string_view title;  // behind a number of requests
  std::string_view cause;  // where to look
};
// In the order of the enum.
[[nodiscard]] std::span<const KindInfo> kinds();
[[nodiscard]] const KindInfo& info(Kind kind);

// Of the proxy that logged, by the cluster that it sent the request to.
enum class Direction : std::uint8_t {
  kInbound,   // to its own application
  kOutbound,  // to another service; also a gateway's
  kOther,     // neither: not routed, refused, or the format does not show it
};
[[nodiscard]] std::string_view name(Direction direction);

// Text is ASCII: other bytes and control characters stand as \xNN.
struct Example {
  std::uint64_t line = 0;  // of the source, from 1; 0: not known, as the other hop's entry was read after it
  std::string request;     // "GET web:80 /path", without a query; what the format shows of it
  std::string request_id;
  std::string traceparent;
  std::string detail;  // why, in words; may be empty
};
inline constexpr std::size_t kMaxExamples = 3;  // of a kind at a hop

struct Hop {
  std::string source;  // a file, a pod
  Direction direction = Direction::kOther;
  std::uint64_t requests = 0;
  std::uint64_t unread = 0;  // refused before the proxy had the headers (a 431 counts as that alone)
  std::array<std::uint64_t, kKindCount> counts{};
  std::array<std::vector<Example>, kKindCount> examples;

  [[nodiscard]] std::uint64_t count(Kind kind) const { return counts[static_cast<std::size_t>(kind)]; }
};

struct Source {
  std::string name;
  std::uint64_t lines = 0;
  std::uint64_t entries = 0;         // of an access log
  std::uint64_t connections = 0;     // of which so many are TCP connections, which have no headers
  std::uint64_t skipped = 0;         // lines that are no entry, or truncated
  std::uint64_t overlong = 0;        // lines over the limit
  std::vector<std::string> formats;  // those found, in their order
};

struct Report {
  std::vector<Hop> hops;        // by source and direction
  std::vector<Source> sources;  // as they were given
  std::uint64_t forgotten = 0;  // requests that memory had no room to compare with later ones

  [[nodiscard]] std::uint64_t count(Kind kind) const;
};

}  // namespace meshtrace::logs
