// Small text helpers of messages: the nearest match of a misspelt word, lists and values in quotes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace meshtrace::policy {

// The candidate that is nearest by edit distance (swapped neighbours count once, letter case not at all), or an empty
// view when none is near: more than a third of the word would have to change. The first of equally near ones wins.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "; did you mean \"SDK\"?" for the nearest candidate, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

// "\"SDK\", \"Proxy\"".
[[nodiscard]] std::string quoted_list(std::span<const std::string_view> words);

// The text cut to at most `bytes`, never inside a UTF-8 character.
[[nodiscard]] std::string_view clipped(std::string_view text, std::size_t bytes);

// In quotes, control characters escaped, cut to kMaxShown bytes: what a message shows of a value.
inline constexpr std::size_t kMaxShown = 80;  // bytes; a message is read in a terminal
[[nodiscard]] std::string in_quotes(std::string_view text);

// Unicode characters of a UTF-8 text, which is what maxLength counts.
[[nodiscard]] std::size_t characters(std::string_view text);

}  // namespace meshtrace::policy
