#include "core/policy/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace meshtrace::policy {
namespace {

constexpr std::size_t kMaxWord = 64;  // bytes; longer words are no misspelling of ours, and the cost is quadratic

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment: insert, delete, replace, swap of two neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, kMaxWord + 1> before_last{};
  std::array<std::size_t, kMaxWord + 1> last{};
  std::array<std::size_t, kMaxWord + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kMaxWord) return {};
  std::size_t best = std::max<std::size_t>(word.size() / 3, 1) + 1;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kMaxWord) continue;
    // A candidate all of whose letters would change is no match, however short.
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view match = nearest(word, candidates);
  return match.empty() ? std::string{} : fmt::format("; did you mean {}?", in_quotes(match));
}

std::string quoted_list(std::span<const std::string_view> words) {
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + in_quotes(word);
  return list;
}

std::string_view clipped(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : clipped(text, kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else {
      result += c;
    }
  }
  return result + (text.size() > kMaxShown ? "…\"" : "\"");
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace meshtrace::policy
