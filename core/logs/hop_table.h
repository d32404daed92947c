// The hops of an analysis, found by the source's name and the direction of each entry. Bounded: names come out of logs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/logs/report.h"

namespace meshtrace::logs {

class HopTable {
 public:
  // Sources of one analysis; entries of further ones are counted together.
  static constexpr std::size_t kMaxNames = 500;
  static constexpr std::string_view kOthers = "(others)";

  HopTable() = default;
  HopTable(const HopTable&) = delete;  // last_ points into it
  HopTable& operator=(const HopTable&) = delete;

  // The hop's number; it is there from then on.
  std::uint32_t find(std::string_view source, Direction direction);

  Hop& at(std::uint32_t number) { return hops_[number]; }
  // By source and direction.
  [[nodiscard]] std::vector<Hop> sorted() const;

 private:
  using Numbers = std::array<std::uint32_t, 3>;  // by direction; 0 is none, n is hops_[n - 1]

  std::vector<Hop> hops_;
  std::map<std::string, Numbers, std::less<>> by_source_;
  decltype(by_source_)::value_type* last_ = nullptr;  // most entries follow one of the same source
};

}  // namespace meshtrace::logs
