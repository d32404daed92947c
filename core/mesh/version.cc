#include "core/mesh/version.h"

#include <fmt/format.h>

#include <charconv>

namespace meshtrace::mesh {
namespace {

// Far beyond any release; what is longer is a date or a hash.
constexpr std::size_t kMaxDigits = 5;

// A number at the text's front, taken off it.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || text.front() == '-' || digits > kMaxDigits) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string Version::text() const { return fmt::format("{}.{}.{}", major, minor, patch); }

std::optional<Version> parse_version(std::string_view text) {
  take(text, 'v');
  Version version;
  const auto major = take_number(text);
  if (!major || !take(text, '.')) return std::nullopt;
  const auto minor = take_number(text);
  if (!minor) return std::nullopt;
  version.major = *major;
  version.minor = *minor;
  if (take(text, '.')) {
    const auto patch = take_number(text);
    if (!patch) return std::nullopt;
    version.patch = *patch;
  }
  // "1.31.1-distroless", "1.31_custom", "1.31.1+build", but no "1.31abc".
  const bool is_whole = text.empty() || std::string_view("-_+.").find(text.front()) != std::string_view::npos;
  return is_whole ? std::optional(version) : std::nullopt;
}

// Both projects release four times a year, and every Istio since 1.7 has taken the Envoy of its quarter: 1.14
// runs 1.22, 1.31 runs 1.39. An Istio of the future is taken to do so, too.
Version envoy_of_istio(const Version& istio) {
  constexpr int kMinorsAhead = 8;
  return {1, istio.minor + kMinorsAhead, 0};
}

}  // namespace meshtrace::mesh
