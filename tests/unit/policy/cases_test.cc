// cases.json holds whole specs with what must become of them. tests/cluster sends the same ones to a real API server,
// so that the CRD and this code cannot disagree about them.
#include <gmock/gmock.h>

#include "tests/unit/policy/support.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// {"$repeat": [text, n]}, {"$items": [n, item]}, {"$entries": [n, value]} and {"$longKey": [n, value]} stand for what
// would be too long to read.
json expanded(const json& value) {
  if (!value.is_structured()) return value;
  json result = value;
  for (auto& [key, member] : result.items()) member = expanded(member);
  if (value.contains("$repeat")) {
    std::string text;
    for (int i = 0; i < result["$repeat"][1]; ++i) text += result["$repeat"][0].get<std::string>();
    return text;
  }
  if (value.contains("$items")) return json(result["$items"][0].get<std::size_t>(), result["$items"][1]);
  if (value.contains("$longKey")) return {{std::string(result["$longKey"][0], 'k'), result["$longKey"][1]}};
  if (!value.contains("$entries")) return result;
  json map;
  for (int i = 0; i < result["$entries"][0]; ++i) map["key" + std::to_string(i)] = result["$entries"][1];
  return map;
}

TEST(PolicyCases, AreAcceptedOrRefusedAtTheRightField) {
  const json cases = json::parse(test::file("tests/unit/policy/cases.json"));
  ASSERT_GT(cases.size(), 100u);
  for (const json& one : cases) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const Decoded result = decode(test::object_of(one.value("namespace", "shop"), "p", expanded(one["spec"])), {});
    EXPECT_EQ(result.policy.has_value(), result.errors.empty());
    if (!one.contains("path")) {
      EXPECT_EQ(test::text_of(result.errors), "");
      continue;
    }
    ASSERT_EQ(result.errors.size(), 1u) << test::text_of(result.errors);
    EXPECT_EQ(result.errors[0].path, one["path"]);
    EXPECT_THAT(result.errors[0].message, HasSubstr(one.value("says", "")));
    EXPECT_LT(result.errors[0].message.size(), 700u);
  }
}

}  // namespace
}  // namespace meshtrace::policy
