// What was seen last of each request or trace, in memory of a fixed size: a hash table whose buckets forget the older
// of their two entries. Two requests far apart are then not compared; nothing is compared wrongly, but for two keys of
// the same 64 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace meshtrace::logs {

struct Seen {
  std::uint64_t key = 0;    // of the request or trace; 0 is no key
  std::uint64_t value = 0;  // what is compared
  std::uint64_t time = 0;   // when the request began, by any measure that all entries share; 0: not known
  std::uint32_t hop = 0;
  bool is_told = false;  // it was the later one of a difference already
};

class Recent {
 public:
  // 32 bytes each; two such tables take 32 MiB, whatever the log.
  static constexpr std::size_t kDefaultCapacity = 1u << 19;

  // A power of two. The memory is taken at the first use.
  explicit Recent(std::size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  // Begins to load what compare() will look at: two tables' memory is then waited for at once.
  void prefetch(std::uint64_t key) const;

  struct Difference {
    Seen before;
    Seen after;  // by time, else the one that was read later
  };
  // Compares with what was seen of that key before. Of equal values the earlier stays, so that the first hop is
  // named; a different one takes its place, so that it counts once and not at every hop that follows. Nothing is told
  // as the later one twice.
  std::optional<Difference> compare(const Seen& now);

  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct alignas(64) Bucket {     // a cache line
    std::array<Seen, 2> entries;  // the newer first
  };

  std::size_t capacity_;
  std::vector<Bucket> buckets_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace meshtrace::logs
