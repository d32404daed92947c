#include "core/audit/json_list.h"

#include <gmock/gmock.h>

namespace meshtrace::audit {
namespace {

std::vector<std::string_view> texts(const JsonList& list) {
  std::vector<std::string_view> out;
  for (const JsonItem& item : list.items) out.push_back(item.text);
  return out;
}

TEST(JsonList, IsCutIntoItemsWithTheirLines) {
  const auto list = cut_json_list(R"({
  "apiVersion": "v1",
  "items": [
    {"a": "}]\\"}, {"b": [{}],
      "c": {}}
  ],
  "kind": "PodList", "metadata": {"x": [1]}
}
)");
  ASSERT_TRUE(list);
  EXPECT_THAT(texts(*list), testing::ElementsAre(R"({"a": "}]\\"})", "{\"b\": [{}],\n      \"c\": {}}"));
  EXPECT_EQ(list->items[0].line, 4);
  EXPECT_EQ(list->items[1].line, 4);
  EXPECT_EQ(list->api_version, "v1");
  EXPECT_EQ(list->kind, "PodList");
  EXPECT_FALSE(list->is_cut_off);
}

TEST(JsonList, IsNothingElse) {
  for (const char* text :
       {"", "[]", "{}", "a: 1", R"({"kind": "Pod", "items": []})", R"({"kind": "List"})",
        R"({"kind": "List", "items": {}})", R"({"kind": "List", "items": [1]})", R"({"kind": "List", "items": []} {})",
        R"({"kind": "List", "items": [], "items": []})", R"({"kind": "List", "items": [{}, x]})",
        R"({"kind": "List", "items": []]})", R"({"kind": "Li)", R"({"a)"}) {
    EXPECT_FALSE(cut_json_list(text)) << text;
  }
}

TEST(JsonList, GivesWhatItHasWhereverItIsCutOff) {
  const std::string_view whole =
      R"({"apiVersion": "v1", "items": [{"a": [1]}, {"b": "x"}], "kind": "List", "metadata": {}})";
  const std::size_t first = whole.find("}, {") + 1;
  const std::size_t second = whole.find("}], ") + 1;
  for (std::size_t end = whole.find('[') + 1; end < whole.size(); ++end) {
    const auto list = cut_json_list(whole.substr(0, end));
    ASSERT_TRUE(list) << end;
    EXPECT_TRUE(list->is_cut_off) << end;
    EXPECT_EQ(list->items.size(), end < first ? 0U : end < second ? 1U : 2U) << end;
  }
}

}  // namespace
}  // namespace meshtrace::audit
