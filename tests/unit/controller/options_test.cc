// The command line of meshtrace-controller.
#include "controller/options.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace meshtrace::controller {
namespace {

std::variant<Options, ExitCode> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "meshtrace-controller");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options options_of(const std::vector<const char*>& arguments) {
  const auto parsed = parse(arguments);
  EXPECT_TRUE(std::holds_alternative<Options>(parsed));
  return std::holds_alternative<Options>(parsed) ? std::get<Options>(parsed) : Options();
}

TEST(Options, HaveTheDocumentedDefaults) {
  const Options options = options_of({});
  EXPECT_EQ(options.root_namespace, "istio-system");
  EXPECT_EQ(options.own_namespace, "meshtrace-system");
  EXPECT_EQ(options.server.port, 9443);
  EXPECT_EQ(options.mesh_config_writes, mesh::MeshConfigWrites::kAuto);
  EXPECT_FALSE(options.dry_run);
  EXPECT_TRUE(options.leader_election.enabled);
  EXPECT_EQ(options.leader_election.lease_duration, std::chrono::seconds(15));
  EXPECT_TRUE(options.certificates.manage);
  EXPECT_EQ(options.certificates.leaf_lifetime, std::chrono::hours(2160));
  EXPECT_EQ(options.resync_period, std::chrono::minutes(10));
  EXPECT_TRUE(options.audit.enabled);
  EXPECT_EQ(options.audit.interval, std::chrono::minutes(10));
}

TEST(Options, TakeWhatIsGivenTheLastOfEqualFlags) {
  const Options options =
      options_of({"--mesh-config-writes=never", "--leader-elect=false", "--manage-certificates=false",
                  "--resync-period=1m30s", "--resync-period=2s", "--audit=false", "--audit-interval=1m",
                  "--ca-lifetime=500h", "--dry-run", "--webhook-service=w", "--namespace=tracing"});
  EXPECT_EQ(options.mesh_config_writes, mesh::MeshConfigWrites::kNever);
  EXPECT_FALSE(options.leader_election.enabled);
  EXPECT_FALSE(options.certificates.manage);
  EXPECT_EQ(options.resync_period, std::chrono::seconds(2));
  EXPECT_FALSE(options.audit.enabled);
  EXPECT_EQ(options.audit.interval, std::chrono::minutes(1));
  EXPECT_EQ(options.certificates.authority_lifetime, std::chrono::hours(500));
  EXPECT_TRUE(options.dry_run);
  EXPECT_EQ(options.certificates.webhook_service, "w");
  EXPECT_EQ(options.own_namespace, "tracing");
}

TEST(Options, AreRefusedWhereTheyCannotWork) {
  const std::vector<std::vector<const char*>> wrong{
      {"--mesh-config-writes=sometimes"},
      {"--resync-period=0s"},
      {"--resync-period=soon"},
      {"--audit-interval=0s"},
      {"--leader-elect-lease-duration=10s"},  // not longer than the renew deadline
      {"--leader-elect-renew-deadline=2s"},   // no time for a retry
      {"--leader-elect-lease-duration=900ms", "--leader-elect-renew-deadline=500ms",
       "--leader-elect-retry-period=100ms"},
      {"--log-level=loud"},
      {"--unknown"}};
  for (const auto& arguments : wrong) {
    const auto parsed = parse(arguments);
    ASSERT_TRUE(std::holds_alternative<ExitCode>(parsed)) << arguments[0];
    EXPECT_EQ(std::get<ExitCode>(parsed), kExitUsage) << arguments[0];
  }
}

TEST(Options, DoNotJudgeAnElectionThatIsOff) {
  EXPECT_FALSE(options_of({"--leader-elect=false", "--leader-elect-lease-duration=1s"}).leader_election.enabled);
}

}  // namespace
}  // namespace meshtrace::controller
