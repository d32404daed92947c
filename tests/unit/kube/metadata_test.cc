// What objects say about themselves: who wrote a field, conditions, times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/conditions.h"
#include "kube/managed_fields.h"
#include "kube/reply.h"
#include "kube/time.h"

namespace meshtrace::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

const WallTime kNoon = std::chrono::sys_seconds(std::chrono::seconds(1'795'262'400));  // 2026-11-21T12:00:00Z

json config_map() {
  return json::parse(R"({"metadata": {"managedFields": [
    {"manager": "helm", "operation": "Apply", "apiVersion": "v1", "time": "2026-11-20T08:00:00Z", "fieldsType": "FieldsV1",
     "fieldsV1": {"f:data": {"f:mesh": {}, "f:meshNetworks": {}}, "f:metadata": {"f:labels": {"f:app": {}}}}},
    {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": "2026-11-21T08:00:00Z",
     "fieldsV1": {"f:data": {"f:mesh": {}}}},
    {"manager": "whole", "operation": "Update", "apiVersion": "v1", "time": "2026-11-01T08:00:00Z",
     "fieldsV1": {"f:data": {}}},
    {"manager": "counter", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {"f:a": {}}}},
    {"manager": "naming", "operation": "Update", "fieldsV1": {"f:metadata": {"f:annotations": {".": {}, "f:x": {}}}}}
  ]}})");
}

auto managers(auto... names) { return ElementsAre(Field(&FieldOwner::manager, names)...); }

TEST(ManagedFieldsTest, GivesTheOwnersOfAFieldTheLastWriterFirst) {
  EXPECT_THAT(owners_of(config_map(), {"data", "mesh"}), managers("kubectl-edit", "helm", "whole"));
  EXPECT_THAT(owners_of(config_map(), {"data", "meshNetworks"}), managers("helm", "whole"));
}

TEST(ManagedFieldsTest, CountsWhoOwnsSomethingInsideAndWhoOwnsItAsAPieceOfMore) {
  EXPECT_THAT(owners_of(config_map(), {"data"}), managers("kubectl-edit", "helm", "whole"));
  EXPECT_THAT(owners_of(config_map(), {"data", "other"}), managers("whole"));
  EXPECT_THAT(owners_of(config_map(), {"metadata", "annotations", "y"}), IsEmpty());
}

TEST(ManagedFieldsTest, TellsTheSubresource) {
  const auto owners = owners_of(config_map(), {"status"});
  ASSERT_EQ(owners.size(), 1u);
  EXPECT_EQ(owners[0], (FieldOwner{"counter", "Update", "status", ""}));
}

TEST(ManagedFieldsTest, TakesWhateverStandsThere) {
  for (const char* text : {"{}", R"({"metadata": 1})", R"({"metadata": {"managedFields": {}}})",
                           R"({"metadata": {"managedFields": [1, null, {}, {"fieldsV1": 3}, {"fieldsV1": {}}]}})"}) {
    EXPECT_THAT(owners_of(json::parse(text), {"data", "mesh"}), IsEmpty()) << text;
  }
}

TEST(ConditionsTest, ANewOneIsAppended) {
  json conditions;
  EXPECT_TRUE(set_condition(conditions, {"Accepted", "True", "Accepted", "", 3}, kNoon));
  EXPECT_EQ(conditions, json::parse(R"([{"type": "Accepted", "status": "True", "reason": "Accepted", "message": "",
      "observedGeneration": 3, "lastTransitionTime": "2026-11-21T12:00:00Z"}])"));
}

TEST(ConditionsTest, TheTimeStaysWhileTheStatusStays) {
  json conditions;
  set_condition(conditions, {"Programmed", "False", "Pending", ""}, kNoon);
  const WallTime later = kNoon + std::chrono::hours(1);
  EXPECT_FALSE(set_condition(conditions, {"Programmed", "False", "Pending", ""}, later)) << "nothing is to be written";
  EXPECT_TRUE(set_condition(conditions, {"Programmed", "False", "Rejected", "because"}, later));
  EXPECT_EQ(conditions[0]["lastTransitionTime"], "2026-11-21T12:00:00Z");
  EXPECT_EQ(conditions[0]["reason"], "Rejected");
  EXPECT_TRUE(set_condition(conditions, {"Programmed", "True", "Programmed", ""}, later));
  EXPECT_EQ(conditions[0]["lastTransitionTime"], "2026-11-21T13:00:00Z");
  EXPECT_EQ(conditions.size(), 1u);
}

TEST(ConditionsTest, OthersAreLeftAsTheyAre) {
  json conditions = json::parse(R"([7, {"type": "Theirs", "status": "True"}])");
  set_condition(conditions, {"Ours", "True", "Ours", std::string(40'000, 'x')}, kNoon);
  EXPECT_EQ(conditions[1], json::parse(R"({"type": "Theirs", "status": "True"})"));
  EXPECT_EQ(conditions[2]["message"].get<std::string>().size(), kMaxConditionMessageBytes);
}

TEST(TimeTest, IsWrittenAsKubernetesDoes) {
  EXPECT_EQ(format_time(kNoon + std::chrono::microseconds(42)), "2026-11-21T12:00:00Z");
  EXPECT_EQ(format_micro_time(kNoon + std::chrono::microseconds(42)), "2026-11-21T12:00:00.000042Z");
}

TEST(TimeTest, IsReadInEachForm) {
  for (const char* text : {"2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000042Z", "2026-11-21T14:00:00+02:00"}) {
    EXPECT_EQ(parse_time(text), std::chrono::floor<std::chrono::seconds>(kNoon)) << text;
  }
  EXPECT_FALSE(parse_time("yesterday"));
}

TEST(TextTest, IsCutBetweenCharactersAndNeverLongerThanSaid) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("ääää", 7), "ä…");
  for (std::size_t limit = 3; limit < 30; ++limit) EXPECT_LE(cut(std::string(40, 'x') + "äöü€", limit).size(), limit);
}

}  // namespace
}  // namespace meshtrace::kube
