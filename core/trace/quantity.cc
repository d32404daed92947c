#include "core/trace/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

namespace meshtrace::trace {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxLength = 64;  // characters; the longest exact value has 21
constexpr int kMaxExponent = 100;       // far over what 2^63 needs, far under what int arithmetic bears

struct Scale {
  int decimal = 0;  // power of ten
  int binary = 0;   // power of two
};

struct Suffix {
  std::string_view text;
  Scale scale;
};

constexpr std::array<Suffix, 16> kSuffixes{{{"n", {-9, 0}},
                                            {"u", {-6, 0}},
                                            {"m", {-3, 0}},
                                            {"", {0, 0}},
                                            {"k", {3, 0}},
                                            {"M", {6, 0}},
                                            {"G", {9, 0}},
                                            {"T", {12, 0}},
                                            {"P", {15, 0}},
                                            {"E", {18, 0}},
                                            {"Ki", {0, 10}},
                                            {"Mi", {0, 20}},
                                            {"Gi", {0, 30}},
                                            {"Ti", {0, 40}},
                                            {"Pi", {0, 50}},
                                            {"Ei", {0, 60}}}};

std::optional<Scale> read_suffix(std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text == text) return suffix.scale;
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(text[1] == '+' ? 2 : 1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) exponent = text[0] == '-' ? -kMaxExponent : kMaxExponent;
  return Scale{std::clamp(exponent, -kMaxExponent, kMaxExponent), 0};
}

// digits × 10^decimal × 2^binary, rounded up and bounded. Exact: a digit at a time, with the part below the point kept
// as "is there any".
std::int64_t scaled(std::string_view digits, const Scale& scale) {
  using Wide = unsigned __int128;
  constexpr Wide kLimit = static_cast<Wide>(kMax);
  const auto whole_digits = static_cast<std::ptrdiff_t>(digits.size()) + scale.decimal;
  Wide value = 0;  // the whole part before the power of two
  const auto taken = std::clamp<std::ptrdiff_t>(whole_digits, 0, static_cast<std::ptrdiff_t>(digits.size()));
  for (const char digit : digits.substr(0, static_cast<std::size_t>(taken))) {
    value = value * 10 + static_cast<Wide>(digit - '0');
    if (value > kLimit) return kMax;
  }
  for (auto zeros = whole_digits - taken; zeros > 0 && value > 0; --zeros) {
    value *= 10;
    if (value > kLimit) return kMax;
  }
  // A binary suffix multiplies the fraction too: 1.5Mi. Nineteen digits of it are exact for every power used here.
  constexpr std::size_t kFractionDigits = 19;
  const std::string leading_zeros(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(-whole_digits, 0, 19)), '0');
  const std::string fraction = leading_zeros + std::string(digits.substr(static_cast<std::size_t>(taken)));
  Wide numerator = 0;
  Wide denominator = 1;
  for (const char digit : fraction.substr(0, kFractionDigits)) {
    numerator = numerator * 10 + static_cast<Wide>(digit - '0');
    denominator *= 10;
  }
  const bool more =
      fraction.size() > kFractionDigits && fraction.find_first_not_of('0', kFractionDigits) != std::string::npos;
  const Wide shifted_fraction = numerator << scale.binary;
  if (value > (kLimit >> scale.binary)) return kMax;
  value = (value << scale.binary) + shifted_fraction / denominator;
  if (shifted_fraction % denominator != 0 || more) ++value;
  return value > kLimit ? kMax : static_cast<std::int64_t>(value);
}

}  // namespace

Result<std::int64_t> parse_quantity(std::string_view text) {
  const auto refuse = [] { return fail("", "not a Kubernetes quantity; right would be, for example, 512Mi or 1.5G"); };
  if (text.empty() || text.size() > kMaxLength) return refuse();
  std::string_view rest = text;
  if (rest.front() == '+') rest.remove_prefix(1);
  const std::size_t number_end = std::min(rest.find_first_not_of("0123456789."), rest.size());
  const std::string_view number = rest.substr(0, number_end);
  const std::optional<Scale> scale = read_suffix(rest.substr(number_end));
  const std::size_t point = number.find('.');
  std::string digits(number);
  Scale total = scale.value_or(Scale{});
  if (point != std::string_view::npos) {
    if (number.find('.', point + 1) != std::string_view::npos) return refuse();
    digits.erase(point, 1);
    total.decimal -= static_cast<int>(number.size() - point - 1);
  }
  if (!scale || digits.empty()) return refuse();
  return scaled(digits, total);
}

}  // namespace meshtrace::trace
