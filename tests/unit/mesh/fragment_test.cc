// The values that another manager must write, by its form.
#include "core/mesh/fragment.h"

#include <gmock/gmock.h>

#include "core/yaml/yaml.h"
#include "tests/unit/mesh/plan_support.h"

namespace meshtrace::mesh {
namespace {

using test::facts_with;
using test::json;
using test::kRoot;
using test::policy_of;

json read(const std::string& text) {
  const auto documents = yaml::read("fragment", text);
  if (!documents || documents->size() != 1) {
    ADD_FAILURE() << text;
    return nullptr;
  }
  return documents->front().value;
}

TEST(Fragment, IsYamlThatReadsAsTheValuesForEachManager) {
  const json config = json::parse(R"({"accessLogFormat": "[%START_TIME%] \"%REQ(TRACEPARENT)%\"\n",
                                      "extensionProviders": [{"name": "a", "prometheus": {}}]})");
  EXPECT_EQ(read(fragment_text(FragmentTarget::kHelm, config)), json({{"meshConfig", config}}));
  const json sail = read(fragment_text(FragmentTarget::kSail, config));
  EXPECT_EQ(sail["kind"], "Istio");
  EXPECT_EQ(sail["spec"]["values"]["meshConfig"], config);
  const json operated = read(fragment_text(FragmentTarget::kIstioOperator, config));
  EXPECT_EQ(operated["kind"], "IstioOperator");
  EXPECT_EQ(operated["spec"]["meshConfig"], config);
  EXPECT_EQ(fragment_text(FragmentTarget::kHelm, json::object()), "");
}

TEST(Fragment, HasEverythingWhetherOrNotItStandsAlready) {
  const policy::Index index({policy_of(kRoot, "mesh", R"({"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})"),
                             policy_of("shop", "all", R"({"proxy": {"accessLog": {"traceHeaders": ["B3"]}}})")},
                            kRoot);
  const Facts facts = facts_with("extensionProviders: [{name: theirs, prometheus: {}}]\n");
  const json before = wanted_mesh_config(index, facts, facts.config_maps[0]);
  EXPECT_EQ(before["accessLogFile"], "/dev/stdout");
  ASSERT_EQ(before["extensionProviders"].size(), 2u);
  EXPECT_EQ(before["extensionProviders"][0]["name"], "theirs");
  const Settled settled = settle(index, facts);
  EXPECT_TRUE(settled.quiet);
  EXPECT_EQ(wanted_mesh_config(index, settled.facts, settled.facts.config_maps[0]), before);
}

}  // namespace
}  // namespace meshtrace::mesh
