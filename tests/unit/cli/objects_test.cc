#include "cli/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/workload.h"

namespace meshtrace::cli {
namespace {

Result<Manifests> manifests_of(std::string text) { return read_manifests({{"m.yaml", std::move(text)}}); }

TEST(Objects, AreFoundInDocumentsAndLists) {
  const auto manifests = manifests_of(
      "kind: A\nmetadata: {name: a, namespace: n}\n---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- kind: B\n"
      "- kind: List\n  items:\n  - kind: C\n    metadata: {generateName: c-}\n---\napiVersion: v1\nkind: "
      "PodList\nitems: [{metadata: {name: p}}]\n"
      "---\nkind: ShoppingList\nspec: {}\n");
  ASSERT_TRUE(manifests) << manifests.error().message();
  std::vector<std::string> seen;
  for (const Object& object : manifests->front().objects) {
    seen.push_back(object.title() + " " + object.pointer + " " + object.place());
  }
  EXPECT_THAT(seen, testing::ElementsAre("A/a  m.yaml:1", "B /items/0 m.yaml:9", "C/c- /items/1/items/0 m.yaml:12",
                                         "Pod/p /items/0 m.yaml:17", "ShoppingList  m.yaml:19"));
}

TEST(Objects, AreRefusedWhereTheyAreNone) {
  EXPECT_EQ(manifests_of("a: 1\n").error().message(), "m.yaml:1: no kind: this is not a Kubernetes object");
  EXPECT_EQ(manifests_of("kind: A\n---\n- 1\n").error().message(),
            "m.yaml:3: not a Kubernetes object: a map with apiVersion and kind is expected here");
  EXPECT_EQ(manifests_of("kind: List\nitems:\n- kind: A\n- 1\n").error().where, "m.yaml:4");
}

TEST(Workloads, AreKnownByKindAndGroup) {
  const auto kind_of = [](const char* version, const char* kind) {
    Object object;
    object.api_version = version;
    object.kind = kind;
    const WorkloadKind* found = workload_kind(object);
    return found == nullptr ? std::string() : std::string(found->pod);
  };
  EXPECT_EQ(kind_of("apps/v1", "Deployment"), "/spec/template");
  EXPECT_EQ(kind_of("batch/v1", "CronJob"), "/spec/jobTemplate/spec/template");
  EXPECT_EQ(kind_of("batch.volcano.sh/v1alpha1", "Job"), "");
  EXPECT_EQ(kind_of("v1", "Deployment"), "");
  for (const WorkloadKind& kind : workload_kinds()) {
    EXPECT_EQ(workload_kind_of_name(kind.kind), &kind) << kind.kind;
    for (const std::string_view alias : kind.aliases) EXPECT_EQ(workload_kind_of_name(alias), &kind) << alias;
  }
  EXPECT_EQ(workload_kind_of_name("svc"), nullptr);
}

}  // namespace
}  // namespace meshtrace::cli
