#include <gtest/gtest.h>

#include <string>

#include "net/server/connection_table.h"

namespace meshtrace::net {
namespace {

struct Member {
  std::string name;
  ConnectionTable<Member>::Place place;
};
using Table = ConnectionTable<Member>;

std::shared_ptr<Member> add(Table& table, const std::string& name, Standing standing) {
  auto member = std::make_shared<Member>(Member{name, {}});
  member->place = table.add(member);
  if (standing != Standing::kNewcomer) table.move(member->place, standing);
  return member;
}

std::string victim_of(const Table& table) {
  const auto victim = table.victim();
  return victim ? victim->name : "nobody";
}

TEST(ConnectionTable, HasNobodyToGiveUpWhenItIsEmpty) { EXPECT_EQ(victim_of(Table()), "nobody"); }

TEST(ConnectionTable, GivesUpTheLongestIdleFirst) {
  Table table;
  const auto first = add(table, "first", Standing::kIdle);
  add(table, "second", Standing::kIdle);
  EXPECT_EQ(victim_of(table), "first");
  table.move(first->place, Standing::kBusy);
  EXPECT_EQ(victim_of(table), "second");
  table.move(first->place, Standing::kIdle);  // idle again, but only just
  EXPECT_EQ(victim_of(table), "second");
}

TEST(ConnectionTable, GivesUpWhatIsLeavingBeforeAnythingElse) {
  Table table;
  add(table, "newcomer", Standing::kNewcomer);
  add(table, "idle", Standing::kIdle);
  add(table, "leaving", Standing::kLeaving);
  EXPECT_EQ(victim_of(table), "leaving");
}

TEST(ConnectionTable, LetsAFloodOfNewcomersDriveOutOnlyItsOwn) {
  Table table;
  add(table, "idle api server", Standing::kIdle);
  for (int i = 0; i < 5; ++i) add(table, "newcomer " + std::to_string(i), Standing::kNewcomer);
  EXPECT_EQ(victim_of(table), "newcomer 0");
}

TEST(ConnectionTable, LetsOldSilentClientsNotShutOutANewcomer) {
  Table table;
  for (int i = 0; i < 5; ++i) add(table, "idle " + std::to_string(i), Standing::kIdle);
  add(table, "newcomer", Standing::kNewcomer);
  EXPECT_EQ(victim_of(table), "idle 0");
}

TEST(ConnectionTable, GivesUpABusyConnectionOnlyWhenThereIsNoOther) {
  Table table;
  const auto busy = add(table, "busy", Standing::kBusy);
  add(table, "also busy", Standing::kBusy);
  EXPECT_EQ(victim_of(table), "busy");
  const auto newcomer = add(table, "newcomer", Standing::kNewcomer);
  EXPECT_EQ(victim_of(table), "newcomer");
  table.remove(newcomer->place);
  table.remove(busy->place);
  EXPECT_EQ(victim_of(table), "also busy");
  EXPECT_EQ(table.size(), 1u);
}

TEST(ConnectionTable, SelectsByPredicateOverAllStandings) {
  Table table;
  for (const Standing standing : {Standing::kLeaving, Standing::kNewcomer, Standing::kIdle, Standing::kBusy}) {
    add(table, "a", standing);
    add(table, "b", standing);
  }
  EXPECT_EQ(table.select([](const Member& member) { return member.name == "a"; }).size(), 4u);
}

}  // namespace
}  // namespace meshtrace::net
