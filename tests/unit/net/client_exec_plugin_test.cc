// Credential plugins: shell scripts here, and what the client makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "net/client/api_client.h"
#include "net/client/exec_plugin.h"
#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestServer;

kube::ClientConfig config_of(const std::string& script) {
  kube::ClientConfig config;
  kube::ExecPlugin plugin;
  plugin.api_version = "client.authentication.k8s.io/v1";
  plugin.command = "sh";
  plugin.args = {"-c", script};
  plugin.env = {{"WHO", "jane"}};
  plugin.interactive = kube::ExecPlugin::Interactive::kNever;
  plugin.install_hint = "ask the platform team";
  config.exec = plugin;
  return config;
}

std::string print(const std::string& status) {
  return R"(echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" + status + "}'";
}

std::string error_of(const std::string& script, std::chrono::seconds timeout = kExecPluginTimeout) {
  const auto credential = run_exec_plugin(config_of(script), "", timeout);
  return credential ? std::string() : credential.error().message();
}

TEST(ExecPlugin, GivesItsTokenAndIsToldWhatItNeeds) {
  const auto credential = run_exec_plugin(config_of(R"(test "$WHO" = jane || exit 7
      case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 8 ;; esac
      read nothing && exit 9
      )" + print(R"({"token":"one"})")),
                                          "");
  ASSERT_TRUE(credential) << credential.error().message();
  EXPECT_EQ(credential->token, "one");
}

TEST(ExecPlugin, SaysHowItFailedAndWhereToGetIt) {
  EXPECT_EQ(error_of("exit 3"), "exec sh: it failed with exit status 3; ask the platform team");
  EXPECT_THAT(error_of("echo secret"), ::testing::AllOf(HasSubstr("exec sh: not JSON"), Not(HasSubstr("secret"))));
  kube::ClientConfig config = config_of("");
  config.exec->command = "no-such-plugin";
  EXPECT_EQ(run_exec_plugin(config, "").error().message(),
            "exec no-such-plugin: it cannot be started: No such file or directory; ask the platform team");
}

TEST(ExecPlugin, IsBoundedInTimeAndOutput) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of("exec sleep 60", std::chrono::seconds(1)), HasSubstr("did not end in time"));
  EXPECT_THAT(error_of("exec >&-; exec sleep 60", std::chrono::seconds(1)), HasSubstr("did not end in time"));
  EXPECT_THAT(error_of("kill -9 $$"), HasSubstr("ended by signal 9"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_THAT(error_of("yes"), HasSubstr("printed more than"));
}

TEST(ExecPlugin, IsRunAgainOnlyWhenItsTokenIsRefusedOrExpires) {
  std::string pattern = (std::filesystem::temp_directory_path() / "meshtrace-exec-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  const std::string runs = (folder / "runs").string();
  std::atomic<bool> wants_second{false};
  TestServer server([&](const std::string& head, TestServer::Peer& peer) {
    const bool accepted = head.find(wants_second ? "Bearer token-2" : "Bearer token-1") != std::string::npos;
    return peer.write(testing::http_reply(accepted ? 200 : 401, "{}"));
  });
  ApiClientOptions options;
  options.cluster = config_of("echo >> " + runs + "; count=$(wc -l < " + runs + "); " +
                              print(R"({"token":"token-'$count'","expirationTimestamp":"2999-01-01T00:00:00Z"})"));
  options.cluster.server = server.url();
  options.credentials_max_age = std::chrono::seconds(0);
  auto client = ApiClient::create(options);
  ASSERT_TRUE(client) << client.error().message();
  kube::Request request;
  request.path = "/a";
  for (int count = 0; count < 3; ++count) EXPECT_EQ((*client)->send(request, {})->status, 200);
  EXPECT_EQ(std::filesystem::file_size(runs), 1u);
  wants_second = true;
  EXPECT_EQ((*client)->send(request, {})->status, 200);
  EXPECT_EQ(std::filesystem::file_size(runs), 2u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace meshtrace::net
