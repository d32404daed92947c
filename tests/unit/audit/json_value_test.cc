#include "core/audit/json_value.h"

#include <gtest/gtest.h>

#include <string>

#include "core/yaml/yaml.h"

namespace meshtrace::audit {
namespace {

TEST(JsonValue, ReadsAsTheYamlReaderDoes) {
  for (const char* text :
       {"{}", R"({"a": [1, -2, 0.5, 1.0, 1e3, 18446744073709551615, true, false, null, "x", [], {}]})",
        R"({"a": "\u00e9\n\ud83d\ude00\u0000", "\u0062": {"c": {"d": 1}}})", R"({"yes": "no", "1": "0755"})"}) {
    const auto read = yaml::read("test", text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read_json_object(text), read->front().value) << text;
  }
}

TEST(JsonValue, LeavesToTheYamlReaderWhatItDoesNotTake) {
  const std::string deep = "{\"a\": " + std::string(200, '[') + std::string(200, ']') + "}";
  for (const std::string& text :
       {std::string("[]"), std::string("1"), std::string("{"), std::string(R"({"a": 1, "a": 2})"),
        std::string(R"({"a": {"b": 1, "b": 1}})"), std::string(R"({"a": 1} x)"), std::string("{\"a\": \"\xff\"}"),
        std::string(R"({"a": 123456789012345678901234567890})"), deep}) {
    EXPECT_FALSE(read_json_object(text)) << text;
  }
}

}  // namespace
}  // namespace meshtrace::audit
