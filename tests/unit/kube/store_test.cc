#include "kube/store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::kube {
namespace {

using nlohmann::json;

json object(const std::string& name, const std::string& version) {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", version}}}};
}

class StoreTest : public testing::Test {
 protected:
  bool apply(Change::Kind kind, std::vector<json> objects) {
    return store_.apply({kind, std::move(objects)}, [this](const json& converted) {
      ++conversions_;
      return string_or_empty(converted["metadata"], "name");
    });
  }

  Store<std::string> store_;
  int conversions_ = 0;
};

TEST_F(StoreTest, KeysByNamespaceAndName) {
  json elsewhere = object("a", "2");
  elsewhere["metadata"]["namespace"] = "other";
  EXPECT_TRUE(apply(Change::Kind::kReplace, {object("a", "1"), elsewhere}));
  EXPECT_EQ(store_.entries().size(), 2u);
  EXPECT_TRUE(apply(Change::Kind::kDelete, {elsewhere}));
  EXPECT_EQ(store_.entries().begin()->first, (ObjectKey{"shop", "a"}));
}

TEST_F(StoreTest, AReplacementWithTheSameVersionsIsNoChangeAndConvertsNothing) {
  EXPECT_TRUE(apply(Change::Kind::kReplace, {object("a", "1"), object("b", "2")}));
  EXPECT_FALSE(apply(Change::Kind::kReplace, {object("b", "2"), object("a", "1")}));
  EXPECT_EQ(conversions_, 2);
}

TEST_F(StoreTest, AReplacementConvertsOnlyWhatIsNewAndDropsWhatIsGone) {
  apply(Change::Kind::kReplace, {object("a", "1"), object("b", "2")});
  EXPECT_TRUE(apply(Change::Kind::kReplace, {object("b", "3"), object("c", "4")}));
  EXPECT_EQ(conversions_, 4);
  EXPECT_EQ(store_.entries().size(), 2u);
  EXPECT_EQ(store_.entries().count({"shop", "a"}), 0u);
}

TEST_F(StoreTest, AReplacementThatOnlyDropsIsAChange) {
  apply(Change::Kind::kReplace, {object("a", "1"), object("b", "2")});
  EXPECT_TRUE(apply(Change::Kind::kReplace, {object("a", "1")}));
  EXPECT_FALSE(apply(Change::Kind::kReplace, {object("a", "1")}));
}

TEST_F(StoreTest, ARepeatedEventIsNoChange) {
  EXPECT_TRUE(apply(Change::Kind::kUpsert, {object("a", "1")}));
  EXPECT_FALSE(apply(Change::Kind::kUpsert, {object("a", "1")}));
  EXPECT_TRUE(apply(Change::Kind::kUpsert, {object("a", "2")}));
  EXPECT_FALSE(apply(Change::Kind::kDelete, {object("never-seen", "3")}));
}

}  // namespace
}  // namespace meshtrace::kube
