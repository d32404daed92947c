// What of an object of ours is not as it should be, and who did that.
#include "controller/difference.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::controller {
namespace {

using nlohmann::json;

json filter() {
  return {{"apiVersion", "networking.istio.io/v1alpha3"},
          {"kind", "EnvoyFilter"},
          {"metadata",
           {{"name", "meshtrace-shop"},
            {"namespace", "shop"},
            {"labels", {{"app.kubernetes.io/managed-by", "meshtrace-controller"}}},
            {"ownerReferences", {{{"kind", "TracingPolicy"}, {"name", "shop"}, {"uid", "1"}}}}}},
          {"spec", {{"priority", 10}, {"configPatches", {{{"applyTo", "NETWORK_FILTER"}}}}, {"match", {{"a", "b"}}}}}};
}

json owned_by(const std::string& manager, const json& fields, const std::string& time = "2026-11-21T11:00:00Z") {
  return {{"manager", manager}, {"operation", "Update"}, {"time", time}, {"fieldsV1", fields}};
}

TEST(Difference, IsNoneWhereTheServerAndOthersOnlyAdded) {
  json observed = filter();
  observed["metadata"]["uid"] = "7";
  observed["metadata"]["resourceVersion"] = "12";
  observed["metadata"]["labels"]["team"] = "payments";
  observed["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}};
  observed["metadata"]["ownerReferences"].push_back({{"kind", "Other"}, {"uid", "2"}});
  observed["status"] = {{"x", 1}};
  EXPECT_TRUE(difference(filter(), observed).empty());
}

TEST(Difference, TakesAFieldThatNobodyOwnsForADefault) {
  json observed = filter();
  observed["spec"]["defaulted"] = "by the server";
  EXPECT_TRUE(difference(filter(), observed).empty());
}

struct Change {
  std::string what;
  void (*change)(json&);
  FieldPath expected;
};
const std::vector<Change> kChanges{
    {"a value", [](json& o) { o["spec"]["priority"] = 11; }, {"spec", "priority"}},
    {"a field that is gone", [](json& o) { o["spec"].erase("priority"); }, {"spec", "priority"}},
    {"a list, as a whole", [](json& o) { o["spec"]["configPatches"].push_back(1); }, {"spec", "configPatches"}},
    {"a field in a map", [](json& o) { o["spec"]["match"]["a"] = "c"; }, {"spec", "match", "a"}},
    {"the whole spec", [](json& o) { o.erase("spec"); }, {"spec"}},
    {"our label",
     [](json& o) { o["metadata"]["labels"].erase("app.kubernetes.io/managed-by"); },
     {"metadata", "labels", "app.kubernetes.io/managed-by"}},
    {"the owner", [](json& o) { o["metadata"].erase("ownerReferences"); }, {"metadata", "ownerReferences"}},
};

TEST(Difference, NamesTheFieldThatIsOtherThanWanted) {
  for (const Change& one : kChanges) {
    json observed = filter();
    one.change(observed);
    EXPECT_EQ(difference(filter(), observed).wrong, std::vector<FieldPath>{one.expected}) << one.what;
  }
}

TEST(Difference, FindsWhatAnotherManagerAddedAndHowToRemoveIt) {
  json observed = filter();
  observed["spec"]["workloadSelector"] = {{"labels", {{"app", "x"}}}};
  observed["spec"]["match"]["extra"] = true;
  observed["metadata"]["managedFields"] = {
      owned_by("kubectl-edit", {{"f:spec",
                                 {{"f:workloadSelector", {{"f:labels", {{"f:app", json::object()}}}}},
                                  {"f:match", {{"f:extra", json::object()}}}}}})};
  const Difference found = difference(filter(), observed);
  EXPECT_TRUE(found.wrong.empty());
  const std::vector<FieldPath> expected{{"spec", "match", "extra"}, {"spec", "workloadSelector"}};
  EXPECT_EQ(found.surplus, expected);
  observed.merge_patch(removal_of(found.surplus));
  EXPECT_EQ(observed["spec"], filter()["spec"]);
}

TEST(OtherManager, IsWhoOwnsTheFieldBeforeWhoWroteLast) {
  json observed = filter();
  observed["metadata"]["managedFields"] = {
      owned_by("meshtrace-controller", {{"f:spec", {{"f:priority", json::object()}}}}, "2026-11-21T13:00:00Z"),
      owned_by("argocd-controller", {{"f:spec", {{"f:priority", json::object()}}}}, "2026-11-21T11:00:00Z"),
      owned_by("kubectl-label", {{"f:metadata", {{"f:labels", json::object()}}}}, "2026-11-21T12:00:00Z")};
  EXPECT_EQ(other_manager(observed, {{"spec", "priority"}}), "argocd-controller");
  EXPECT_EQ(other_manager(observed, {{"spec", "match"}}), "kubectl-label");
  observed["metadata"].erase("managedFields");
  EXPECT_EQ(other_manager(observed, {{"spec", "priority"}}), "unknown");
}

}  // namespace
}  // namespace meshtrace::controller
