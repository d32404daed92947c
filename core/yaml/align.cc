#include "core/yaml/align.h"

#include <algorithm>

namespace meshtrace::yaml {
namespace {

using nlohmann::json;
using Pairs = std::vector<std::optional<std::size_t>>;

// The table is quadratic in what is left after the common start and end: 1 million cells are some 10 ms.
constexpr std::size_t kMaxCells = 1'000'000;

int count_leaves(const json& value) {
  if (!value.is_structured()) return 1;
  int leaves = 0;
  for (const json& member : value) leaves += count_leaves(member);
  return leaves;
}

// How much of the old element lives on in the new one; 0 or less: it is another element. What would have to be removed
// weighs against it: an entry that was renamed (its valueFrom kept) is not the new entry that took its name.
int likeness(const json& old, const json& target) {
  constexpr int kEqual = 10;
  constexpr int kEqualName = 1;
  constexpr int kRemovedKey = 2;
  if (old == target) return kEqual + 2 * count_leaves(old);
  if (!old.is_object() || !target.is_object()) return 0;
  int score = 0;
  for (const auto& [key, member] : old.items()) {
    const auto other = target.find(key);
    if (other == target.end()) {
      score -= kRemovedKey;
    } else if (*other == member) {
      score += 2 * count_leaves(member) + (key == "name" ? kEqualName : 0);
    }
  }
  return score;
}

// The pairing with the greatest likeness in total, by dynamic programming over the ranges [first, last).
void align_middle(const json& old, const json& target, std::size_t first, std::size_t old_last, std::size_t new_last,
                  Pairs& pairs) {
  const std::size_t rows = old_last - first;
  const std::size_t columns = new_last - first;
  if (rows * columns > kMaxCells) {
    for (std::size_t i = 0; i < std::min(rows, columns); ++i) pairs[first + i] = first + i;
    return;
  }
  std::vector<int> scores(rows * columns);
  std::vector<int> best((rows + 1) * (columns + 1), 0);  // best[i][j]: of old from i on, new from j on
  const auto cell = [&](std::size_t i, std::size_t j) -> int& { return best[i * (columns + 1) + j]; };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      const int score = scores[i * columns + j] = likeness(old[first + i], target[first + j]);
      cell(i, j) = std::max(cell(i + 1, j), cell(i, j + 1));
      if (score > 0) cell(i, j) = std::max(cell(i, j), score + cell(i + 1, j + 1));
    }
  }
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    const int score = scores[i * columns + j];
    if (score > 0 && cell(i, j) == score + cell(i + 1, j + 1)) {
      pairs[first + j++] = first + i++;
    } else if (cell(i, j) == cell(i, j + 1)) {
      ++j;
    } else {
      ++i;
    }
  }
}

}  // namespace

Pairs align(const json& old, const json& target) {
  Pairs pairs(target.size());
  std::size_t first = 0;
  std::size_t old_last = old.size();
  std::size_t new_last = target.size();
  const bool same_size = old_last == new_last;
  while (first < std::min(old_last, new_last) && (same_size || old[first] == target[first])) {
    pairs[first] = first;
    ++first;
  }
  while (old_last > first && new_last > first && old[old_last - 1] == target[new_last - 1]) {
    pairs[--new_last] = --old_last;
  }
  align_middle(old, target, first, old_last, new_last, pairs);
  return pairs;
}

}  // namespace meshtrace::yaml
