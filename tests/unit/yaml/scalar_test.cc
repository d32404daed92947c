// Scalars typed as kubectl types them: the table was printed by sigs.k8s.io/yaml 1.6 (YAMLToJSON).
#include "core/yaml/scalar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
namespace {

struct Case {
  const char* yaml;
  const char* json;
};

nlohmann::json value_of(const std::string& scalar) {
  const std::string text = "v: " + scalar + "\n";
  const auto documents = read("test", text);
  EXPECT_TRUE(documents) << scalar << ": " << (documents ? "" : documents.error().message());
  return documents ? documents->front().value.at("v") : nlohmann::json("not read");
}

TEST(YamlScalar, IsTypedAsKubectlTypesIt) {
  const Case cases[] = {
      {"y", "true"},
      {"Y", "true"},
      {"yes", "true"},
      {"on", "true"},
      {"TRUE", "true"},
      {"n", "false"},
      {"NO", "false"},
      {"Off", "false"},
      {"tRue", "\"tRue\""},
      {"~", "null"},
      {"null", "null"},
      {"NULL", "null"},
      {"nUll", "\"nUll\""},
      {"", "null"},
      {"0", "0"},
      {"-0", "0"},
      {"0755", "493"},
      {"+0755", "493"},
      {"0o755", "493"},
      {"0O17", "15"},
      {"08", "8"},
      {"09.5", "9.5"},
      {"0x1F", "31"},
      {"-0x1f", "-31"},
      {"0x", "\"0x\""},
      {"0o8", "\"0o8\""},
      {"0b101", "5"},
      {"-0b11", "-3"},
      {"+5", "5"},
      {"1_000", "1000"},
      {"1_0.5_0", "10.5"},
      {"_1", "\"_1\""},
      {"1__2", "12"},
      {"0x_1", "1"},
      {"1e3", "1000"},
      {"1E+3", "1000"},
      {"1e", "\"1e\""},
      {".5", "0.5"},
      {"5.", "5"},
      {"-.5", "-0.5"},
      {"+.5", "0.5"},
      {".5e3", "500"},
      {"1.0", "1"},
      {"1.10", "1.1"},
      {"1e400", "\"1e400\""},
      {".", "\".\""},
      {"+", "\"+\""},
      {".e3", "\".e3\""},
      {"=", "\"=\""},
      {"1:30", "\"1:30\""},
      {"2001-01-01", "\"2001-01-01\""},
      {"2001-01-01T00:00:00Z", "\"2001-01-01T00:00:00Z\""},
      {"\"yes\"", "\"yes\""},
      {"'1'", "\"1\""},
      {"!!str 5", "\"5\""},
      {"!!str null", "\"null\""},
      {"!!str", "\"\""},
      {"!!int \"5\"", "5"},
      {"!!float 1", "1"},
      {"!!bool yes", "true"},
      {"!!bool \"on\"", "true"},
      {"!!null ''", "null"},
      {"!foo 5", "\"5\""},
      {"! 5", "\"5\""},
      {"!!timestamp 2001-01-01", "\"2001-01-01\""},
      {"1e-7", "1e-7"},
  };
  for (const Case& each : cases) {
    const auto value = value_of(each.yaml);
    EXPECT_EQ(value.dump(), nlohmann::json::parse(each.json).dump()) << "v: " << each.yaml;
  }
}

TEST(YamlScalar, KeepsBigIntegersExactly) {
  EXPECT_EQ(value_of("9223372036854775807").dump(), "9223372036854775807");
  EXPECT_EQ(value_of("9223372036854775808").dump(), "9223372036854775808");
  EXPECT_EQ(value_of("18446744073709551615").dump(), "18446744073709551615");
  EXPECT_EQ(value_of("-9223372036854775808").dump(), "-9223372036854775808");
  EXPECT_TRUE(value_of("18446744073709551616").is_number_float());
}

TEST(YamlScalar, RefusesWhatJsonHasNotAtItsLine) {
  for (const char* scalar : {".inf", "-.Inf", "+.INF", ".nan", ".NaN", "!!int abc", "!!int 5.5", "!!bool 1", "!!null x",
                             "!!float .inf", "!!binary aGVsbG8="}) {
    const std::string text = std::string("a: 1\nv: ") + scalar + "\n";
    const auto documents = read("m.yaml", text);
    ASSERT_FALSE(documents) << scalar;
    EXPECT_EQ(documents.error().where, "m.yaml:2") << scalar;
  }
}

TEST(YamlScalar, MakesKeysTextAsKubectlDoes) {
  const std::string text = "1: a\nyes: b\n1.5: c\n0x10: d\n2001-01-01: e\n\"\": f\n";
  const auto documents = read("test", text);
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->front().value,
            (nlohmann::json{{"1", "a"}, {"true", "b"}, {"1.5", "c"}, {"16", "d"}, {"2001-01-01", "e"}, {"", "f"}}));
}

TEST(YamlScalar, WritesPlainOnlyWhatNobodyCanMisread) {
  for (const char* text : {"a", "shop", "K8S_POD_NAME", "metadata.name", "k8s.io/a", "parentbased_traceidratio", "a-b",
                           "$(K8S_POD_NAME)", "a=b"}) {
    EXPECT_TRUE(is_safe_plain(text)) << text;
    EXPECT_EQ(value_of(text), text);
  }
  for (const char* text :
       {"",   " a",  "a ",   "yes",  "No",         "on",   "y",      "null", "~",  "1",  "0755", "1e3",
        ".5", "0x1", "1:30", "a: b", "a #b",       "- a",  "*a",     "&a",   "!a", "@a", "`a",   "%a",
        "{a", "[a",  "a,b",  "'a",   "\"a",        "|",    ">",      "?",    ":",  "a:", "true", "=",
        "<<", "-",   "---",  "...",  "2001-01-01", "a\nb", "\u00e9", "a\tb", "+1", "_1", "12_3"}) {
    EXPECT_FALSE(is_safe_plain(text)) << text;
  }
}

}  // namespace
}  // namespace meshtrace::yaml
