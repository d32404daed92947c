#include "core/audit/snapshot.h"

#include <gmock/gmock.h>

#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

std::vector<std::string> names(std::span<const ObjectPointer> objects) {
  std::vector<std::string> out;
  for (const ObjectPointer& object : objects) out.push_back(object->ref.ns + "/" + object->ref.name);
  return out;
}

TEST(Snapshot, AnswersByKindNamespaceAndName) {
  const Snapshot snapshot = snapshot_of(R"(
{apiVersion: v1, kind: Service, metadata: {name: b, namespace: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: c, namespace: bank}}
---
{apiVersion: v1, kind: Service, metadata: {name: d}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, namespace: ignored}}
---
{apiVersion: example.com/v1, kind: Service, metadata: {name: other}}
)");
  EXPECT_THAT(names(snapshot.all(Kind::kService)), testing::ElementsAre("bank/c", "default/d", "shop/a", "shop/b"));
  EXPECT_THAT(names(snapshot.in(Kind::kService, "shop")), testing::ElementsAre("shop/a", "shop/b"));
  EXPECT_THAT(names(snapshot.in(Kind::kService, "sho")), testing::IsEmpty());
  ASSERT_NE(snapshot.find(Kind::kService, "shop", "b"), nullptr);
  EXPECT_EQ(snapshot.find(Kind::kService, "shop", "c"), nullptr);
  ASSERT_NE(snapshot.find(Kind::kNamespace, "", "shop"), nullptr);
  EXPECT_EQ(snapshot.size(), 5u);
}

TEST(Snapshot, KeepsTheLastOfTwoObjectsWithOneName) {
  const Snapshot snapshot = snapshot_of(R"(
{apiVersion: networking.istio.io/v1beta1, kind: Gateway, metadata: {name: a, labels: {is: first}}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: a, labels: {is: last}}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: a, labels: {is: another}}}
)");
  ASSERT_EQ(snapshot.all(Kind::kGateway).size(), 1u);
  EXPECT_EQ(snapshot.all(Kind::kGateway)[0]->label("is"), "last");
  EXPECT_EQ(snapshot.all(Kind::kKubernetesGateway)[0]->label("is"), "another");
}

TEST(Snapshot, KnowsAKindOfWhichFilesHaveAnObjectAndAClusterWasReadWhole) {
  const char* text = "{apiVersion: v1, kind: Service, metadata: {name: a}}\n";
  const Snapshot files = snapshot_of(text);
  EXPECT_TRUE(files.knows(Kind::kService));
  EXPECT_FALSE(files.knows(Kind::kPod));
  SnapshotOptions options;
  options.is_cluster = true;
  options.unread = {Kind::kService};
  const Snapshot cluster = snapshot_of(text, options);
  EXPECT_FALSE(cluster.knows(Kind::kService));
  EXPECT_TRUE(cluster.knows(Kind::kPod));
}

TEST(Snapshot, TakesTheRootNamespaceFromTheOptionThenTheMeshThenTheDefault) {
  const char* mesh =
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: mesh}, data: {mesh: 'rootNamespace: "
      "top'}}\n";
  EXPECT_EQ(snapshot_of(mesh).root_namespace(), "top");
  EXPECT_EQ(snapshot_of(mesh, {.root_namespace = "stated", .unread = {}, .istio = {}}).root_namespace(), "stated");
  EXPECT_EQ(snapshot_of("").root_namespace(), "istio-system");
  EXPECT_EQ(snapshot_of("{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-canary, namespace: mesh}, "
                        "data: {mesh: '{}'}}\n")
                .root_namespace(),
            "mesh");
}

}  // namespace
}  // namespace meshtrace::audit
