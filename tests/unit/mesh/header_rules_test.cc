// The shape of the early header mutations. What Envoy makes of them is proven with Envoy itself (tests/mesh).
#include "core/mesh/header_rules.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

HeaderRules all_rules() {
  HeaderRules rules;
  rules.remove_invalid_traceparent = true;
  rules.prefer_w3c = true;
  rules.max_baggage_bytes = 8192;
  return rules;
}

json mutations(const HeaderRules& rules) { return early_header_mutation(rules)["typed_config"]["mutations"]; }

// Headers that are there after the list ran over `headers`, where every condition holds: values are not looked at.
std::set<std::string> left(const HeaderRules& rules, std::set<std::string> headers) {
  for (const json& mutation : mutations(rules)) {
    if (mutation.contains("remove")) {
      headers.erase(mutation["remove"]);
    } else {
      headers.insert(mutation["append"]["header"]["key"].get<std::string>());
    }
  }
  return headers;
}

TEST(HeaderRules, IsAnExtensionWithItsType) {
  const json extension = early_header_mutation(all_rules());
  EXPECT_EQ(extension["name"], "envoy.http.early_header_mutation.header_mutation");
  EXPECT_EQ(extension["typed_config"]["@type"],
            "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation");
}

TEST(HeaderRules, LeavesNoneOfItsTemporaryHeadersNorAClients) {
  for (const std::string& header : left(all_rules(), {"x-meshtrace-traceparent", "x-meshtrace-b3",
                                                      "x-meshtrace-baggage", "x-meshtrace-tracestate"})) {
    EXPECT_THAT(header, testing::Not(testing::StartsWith("x-meshtrace-")));
  }
}

TEST(HeaderRules, ReadsATemporaryHeaderOnlyOnceItHasRemovedWhatAClientSent) {
  std::set<std::string> removed;
  for (const json& mutation : mutations(all_rules())) {
    if (mutation.contains("remove")) {
      removed.insert(mutation["remove"].get<std::string>());
      continue;
    }
    const std::string header = mutation["append"]["header"]["key"];
    EXPECT_EQ(mutation["append"]["append_action"], "OVERWRITE_IF_EXISTS_OR_ADD");
    if (header.starts_with("x-meshtrace-")) {
      EXPECT_TRUE(removed.contains(header)) << header;
    } else {
      EXPECT_TRUE(removed.contains(header)) << header << " would stay where its value is empty";
    }
  }
}

TEST(HeaderRules, TouchesOnlyWhatItsRulesAreAbout) {
  const struct {
    HeaderRules rules;
    std::set<std::string> touched;
  } cases[] = {
      {{.remove_invalid_traceparent = true}, {"traceparent", "tracestate"}},
      {{.prefer_w3c = true}, {"b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags"}},
      {{.max_baggage_bytes = 1}, {"baggage"}},
  };
  for (const auto& one : cases) EXPECT_EQ(left(one.rules, {}), one.touched);
}

TEST(HeaderRules, CountsBytesOfBaggage) {
  EXPECT_THAT(mutations({.max_baggage_bytes = 8191}).dump(),
              HasSubstr("size(bytes(request.headers['baggage'])) <= 8191"));
}

TEST(HeaderRules, KnowsWhetherAnyIsOn) {
  EXPECT_FALSE(HeaderRules().any());
  EXPECT_TRUE(all_rules().any());
}

}  // namespace
}  // namespace meshtrace::mesh
