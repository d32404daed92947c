#include "core/trace/quantity.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace meshtrace::trace {
namespace {

TEST(Quantity, ReadsEverySuffixExponentAndDecimal) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"0", 0},
      {"128974848", 128974848},
      {"128974848000m", 128974848},
      {"129e6", 129000000},
      {"129M", 129000000},
      {"1e9", 1000000000},
      {"1E9", 1000000000},
      {"1E+3", 1000},
      {"15e-1", 2},
      {"1E", 1000000000000000000},
      {"123Mi", 128974848},
      {"512Mi", 536870912},
      {"1.5G", 1500000000},
      {"1.5Gi", 1610612736},
      {".5Ki", 512},
      {"5.", 5},
      {"+2k", 2000},
      {"0.1", 1},
      {"1n", 1},
      {"1u", 1},
      {"1500u", 1},
      {"1001m", 2},
      {"1T", 1000000000000},
      {"1Ti", 1099511627776},
      {"1P", 1000000000000000},
      {"1Pi", 1125899906842624},
      {"2Ei", 2305843009213693952},
  };
  for (const auto& [text, bytes] : cases) {
    const auto read = parse_quantity(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, bytes) << text;
  }
}

TEST(Quantity, IsBoundedByWhatKubernetesCanHold) {
  for (const char* text : {"8Ei", "1e30", "9223372036854775808", "99999999999999999999999999", "1e99999999999"}) {
    EXPECT_EQ(parse_quantity(text).value_or(0), std::numeric_limits<std::int64_t>::max()) << text;
  }
  EXPECT_EQ(parse_quantity("1e-99999999999").value_or(-1), 1);
  EXPECT_EQ(parse_quantity("0e99").value_or(-1), 0);
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const char* text : {"", "Mi", ".", "+", "-1", "1.2.3", "1 Mi", "1mi", "1KI", "0x10", "1e", "1e+", "1e1.5",
                           "1e5M", "five", "1Mi ", "1e--5"}) {
    EXPECT_FALSE(parse_quantity(text)) << text;
  }
  EXPECT_FALSE(parse_quantity(std::string(100, '1')));
}

}  // namespace
}  // namespace meshtrace::trace
