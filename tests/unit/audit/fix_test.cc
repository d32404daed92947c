#include "core/audit/fix.h"

#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

ObjectPointer object_of(std::string_view text) { return load_text(text).objects.at(0); }

TEST(PointerOf, ReadsTheFieldPathsOfMessages) {
  EXPECT_EQ(pointer_of(""), "");
  EXPECT_EQ(pointer_of("spec.sampling.owner"), "/spec/sampling/owner");
  EXPECT_EQ(pointer_of("spec.workload.propagators[1]"), "/spec/workload/propagators/1");
  EXPECT_EQ(pointer_of("spec.containers[0].env[2].name"), "/spec/containers/0/env/2/name");
  EXPECT_EQ(pointer_of("metadata.labels[a.b/c~d]"), "/metadata/labels/a.b~1c~0d");
  EXPECT_EQ(pointer_of("metadata.labels[open"), "/metadata/labels/open");
}

TEST(Fix, NamesTheObjectAsKubectlDoes) {
  const auto route =
      object_of("{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a, namespace: shop}}");
  EXPECT_EQ(delete_command(route->ref), "kubectl delete virtualservices.networking.istio.io a -n shop");
  const auto ns = object_of("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
  EXPECT_EQ(delete_command(ns->ref), "kubectl delete namespaces shop");
  const auto deployment = object_of("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: shop}}");
  EXPECT_EQ(restart_command(deployment->ref), "kubectl rollout restart deployments.apps a -n shop");
}

TEST(Fix, LetsNoNameBreakOutOfTheCommand) {
  const auto service = object_of(
      R"x({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a'; rm -rf /", "namespace": "$(id)"}})x");
  EXPECT_EQ(delete_command(service->ref), R"(kubectl delete services 'a'\''; rm -rf /' -n '$(id)')");
  EXPECT_EQ(patch_command(*service, add_field(*service, "metadata.labels", {{"it's", "\n"}})),
            R"(kubectl patch services 'a'\''; rm -rf /' -n '$(id)' --type=json -p )"
            R"('[{"op":"add","path":"/metadata/labels","value":{"it'\''s":"\n"}}]')");
}

TEST(Fix, TestsWhatStandsThereBeforeItChanges) {
  const auto object = object_of("{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {x/y: old}}}");
  const json test{{"op", "test"}, {"path", "/metadata/annotations/x~1y"}, {"value", "old"}};
  const std::string_view field = "metadata.annotations[x/y]";
  EXPECT_EQ(json(remove_field(*object, field)),
            json({test, {{"op", "remove"}, {"path", "/metadata/annotations/x~1y"}}}));
  EXPECT_EQ(json(replace_field(*object, field, "new")),
            json({test, {{"op", "replace"}, {"path", "/metadata/annotations/x~1y"}, {"value", "new"}}}));
  EXPECT_TRUE(remove_field(*object, "spec.ports[0]").empty());
}

TEST(Fix, MakesTheParentsThatAnAddedFieldNeeds) {
  const auto object = object_of("{apiVersion: v1, kind: Service, metadata: {name: a}}");
  EXPECT_EQ(json(add_field(*object, "spec.selector[a.b/c]", 1)),
            json({{{"op", "add"}, {"path", "/spec"}, {"value", {{"selector", {{"a.b/c", 1}}}}}}}));
  EXPECT_EQ(json(replace_field(*object, "metadata.labels.app", "x")),
            json({{{"op", "add"}, {"path", "/metadata/labels"}, {"value", {{"app", "x"}}}}}));
}

TEST(Fix, ChangesOnlyTheNamedKeysOfAMeshText) {
  const auto mesh = object_of(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
      "data:\n  mesh: |\n    # ours\n    accessLogFile: \"\"\n    enableTracing: true\n");
  EXPECT_EQ(
      mesh_command(*mesh, {{"accessLogFile", "/dev/stdout"}}),
      "kubectl patch configmaps istio -n istio-system --type=json -p "
      R"('[{"op":"test","path":"/data/mesh","value":"# ours\naccessLogFile: \"\"\nenableTracing: true\n"},)"
      R"({"op":"replace","path":"/data/mesh","value":"# ours\naccessLogFile: /dev/stdout\nenableTracing: true\n"}]')");
  EXPECT_EQ(mesh_command(*mesh, {{"enableTracing", nullptr}}),
            "kubectl patch configmaps istio -n istio-system --type=json -p "
            R"('[{"op":"test","path":"/data/mesh","value":"# ours\naccessLogFile: \"\"\nenableTracing: true\n"},)"
            R"({"op":"replace","path":"/data/mesh","value":"# ours\naccessLogFile: \"\"\n"}]')");
  const auto odd = object_of(
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: m}, data: {mesh: '{a: 1, a: 2}'}}");
  EXPECT_EQ(mesh_command(*odd, {{"accessLogFile", "/dev/stdout"}}),
            "In ConfigMap m/istio, key mesh: set accessLogFile: \"/dev/stdout\".");
}

}  // namespace
}  // namespace meshtrace::audit
