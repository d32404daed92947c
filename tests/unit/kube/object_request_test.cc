// Requests for one object, as they stand on the wire; and what replies to them say.
#include "kube/object_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/conflict.h"
#include "kube/finalizer.h"
#include "kube/json.h"

namespace meshtrace::kube {
namespace {

using nlohmann::json;

const Resource kPolicies{"meshtrace.io", "v1alpha1", "tracingpolicies", "shop"};
const Resource kNamespaces{"", "v1", "namespaces", ""};

json policy() {
  return {{"apiVersion", "meshtrace.io/v1alpha1"},
          {"kind", "TracingPolicy"},
          {"metadata", {{"name", "checkout"}, {"namespace", "shop"}, {"resourceVersion", "7"}}}};
}

WriteOptions status_as(const std::string& manager) {
  WriteOptions options;
  options.field_manager = manager;
  options.subresource = "status";
  return options;
}

struct RequestCase {
  const char* name;
  Request request;
  const char* method;
  const char* target;
  const char* content_type;
};
class ObjectRequest : public testing::TestWithParam<RequestCase> {};

TEST_P(ObjectRequest, HasMethodTargetAndContentType) {
  const RequestCase& expected = GetParam();
  EXPECT_EQ(expected.request.method, expected.method);
  EXPECT_EQ(expected.request.target(), expected.target);
  EXPECT_EQ(expected.request.content_type, expected.content_type);
}

INSTANTIATE_TEST_SUITE_P(
    , ObjectRequest,
    testing::Values(
        RequestCase{"Get", get_request(kPolicies, "checkout"), "GET",
                    "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies/checkout", ""},
        RequestCase{"GetOfTheCoreGroup", get_request(kNamespaces, "shop"), "GET", "/api/v1/namespaces/shop", ""},
        RequestCase{"Create", create_request(kPolicies, policy(), {}), "POST",
                    "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies", "application/json"},
        RequestCase{"ReplaceStatus", replace_request(kPolicies, policy(), status_as("me")), "PUT",
                    "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies/checkout/status?fieldManager=me",
                    "application/json"},
        RequestCase{"MergePatch", merge_patch_request(kNamespaces, "shop", json::object(), {}), "PATCH",
                    "/api/v1/namespaces/shop", "application/merge-patch+json"},
        RequestCase{"JsonPatchDryRun", json_patch_request(kNamespaces, "shop", json::array(), {"me", "", true}),
                    "PATCH", "/api/v1/namespaces/shop?fieldManager=me&dryRun=All", "application/json-patch+json"},
        RequestCase{"Apply", apply_request(kPolicies, policy(), {.field_manager = "me"}), "PATCH",
                    "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies/checkout?fieldManager=me",
                    "application/apply-patch+yaml"},
        RequestCase{"ApplyForced", apply_request(kPolicies, policy(), {.field_manager = "me", .force = true}), "PATCH",
                    "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies/checkout?fieldManager=me&force=true",
                    "application/apply-patch+yaml"},
        RequestCase{"Delete", delete_request(kPolicies, "checkout", {}), "DELETE",
                    "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies/checkout", "application/json"}),
    [](const auto& test) { return test.param.name; });

TEST(ObjectRequestTest, ADeletionCarriesItsPreconditions) {
  const Request request = delete_request(kPolicies, "checkout", {"u-1", "7", false});
  EXPECT_EQ(json::parse(request.body)["preconditions"], (json{{"uid", "u-1"}, {"resourceVersion", "7"}}));
  EXPECT_FALSE(json::parse(delete_request(kPolicies, "checkout", {}).body).contains("preconditions"));
}

TEST(ObjectRequestTest, MetadataIsAskedForByAccept) {
  const Selection pods{"app=istiod,!istio.io/rev", "metadata.name=a", true};
  const Resource resource{"", "v1", "pods", ""};
  const Request list = list_request(resource, {500, "", pods});
  EXPECT_EQ(list.accept, kAcceptMetadataList);
  EXPECT_EQ(list.target(),
            "/api/v1/pods?limit=500&labelSelector=app%3Distiod%2C%21istio.io%2Frev&fieldSelector=metadata.name%3Da");
  EXPECT_EQ(watch_request(resource, {"1", std::chrono::seconds(240), pods}).accept, kAcceptMetadata);
  EXPECT_EQ(get_request(resource, "a", /*metadata_only=*/true).accept, kAcceptMetadata);
  EXPECT_EQ(list_request(resource, {}).accept, kAcceptJson);
}

TEST(FinalizerTest, IsAddedBesideTheOthersOfThatVersion) {
  json object = policy();
  object["metadata"]["finalizers"] = {"other.io/a"};
  const auto request = add_finalizer_request(kPolicies, object, "meshtrace.io/mesh", {});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->content_type, "application/merge-patch+json");
  EXPECT_EQ(json::parse(request->body), json::parse(R"({"metadata":
      {"resourceVersion": "7", "finalizers": ["other.io/a", "meshtrace.io/mesh"]}})"));
}

TEST(FinalizerTest, IsRemovedAndTheOthersStay) {
  json object = policy();
  object["metadata"]["finalizers"] = {"meshtrace.io/mesh", "other.io/a"};
  object["metadata"]["deletionTimestamp"] = "2026-11-21T11:00:00Z";
  const auto request = remove_finalizer_request(kPolicies, object, "meshtrace.io/mesh", {});
  ASSERT_TRUE(request);
  EXPECT_EQ(json::parse(request->body)["metadata"]["finalizers"], json({"other.io/a"}));
}

TEST(FinalizerTest, IsLeftAloneWhereThereIsNothingToDo) {
  json object = policy();
  EXPECT_FALSE(remove_finalizer_request(kPolicies, object, "meshtrace.io/mesh", {}));
  object["metadata"]["deletionTimestamp"] = "2026-11-21T11:00:00Z";
  EXPECT_TRUE(is_being_deleted(object));
  EXPECT_FALSE(add_finalizer_request(kPolicies, object, "meshtrace.io/mesh", {})) << "the API server would refuse it";
  object = policy();
  object["metadata"]["finalizers"] = {"meshtrace.io/mesh"};
  EXPECT_FALSE(add_finalizer_request(kPolicies, object, "meshtrace.io/mesh", {}));
}

// As kube-apiserver 1.36 wrote it.
TEST(ConflictTest, NamesManagersAndFields) {
  const Reply reply{409,
                    R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
      "message":"Apply failed with 2 conflicts: …","reason":"Conflict","details":{"causes":[
        {"reason":"FieldManagerConflict","message":"conflict with \"helm\"","field":".data.mesh"},
        {"reason":"FieldManagerConflict","message":"conflict with \"kubectl-edit\" using v1 at 2026-11-21T10:00:00Z",
         "field":".data.meshNetworks"}]},"code":409})",
                    {}};
  EXPECT_THAT(conflicts_of(reply), testing::ElementsAre(FieldConflict{"helm", ".data.mesh"},
                                                        FieldConflict{"kubectl-edit", ".data.meshNetworks"}));
}

TEST(ConflictTest, AStaleVersionIsNoConflictOfFields) {
  EXPECT_TRUE(conflicts_of({409, R"({"kind":"Status","reason":"Conflict","details":{"name":"istio"},"code":409})", {}})
                  .empty());
  for (const char* body : {"", "null", "[]", R"({"details":{"causes":[1,null,{}]}})", R"({"details":[]})", "{\"det"}) {
    EXPECT_TRUE(conflicts_of({409, body, {}}).empty()) << body;
  }
  EXPECT_TRUE(conflicts_of({200, R"({"details":{"causes":[{"reason":"FieldManagerConflict"}]}})", {}}).empty());
}

}  // namespace
}  // namespace meshtrace::kube
