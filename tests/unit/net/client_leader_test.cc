// The runner of the leader election, against a scripted server. The election itself: tests/unit/kube/lease_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/client/leader.h"
#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestServer;

constexpr const char* kOurs =
    R"({"kind":"Lease","metadata":{"name":"l","resourceVersion":"1"},"spec":{"holderIdentity":"us","leaseDurationSeconds":3}})";

class ClientLeader : public ::testing::Test {
 protected:
  // Plays a Lease that is there once it was created; no request is answered well while `broken`.
  bool answer(const std::string& head, TestServer::Peer& peer) {
    const std::string method = head.substr(0, head.find(' '));
    {
      const std::lock_guard lock(mutex_);
      methods_.push_back(method);
    }
    if (broken_) return peer.write(testing::http_reply(500, ""));
    if (method == "GET" && !created_) return peer.write(testing::http_reply(404, "{}"));
    created_ = true;
    return peer.write(testing::http_reply(method == "POST" ? 201 : 200, kOurs));
  }

  void run(const std::stop_token& stop) {
    kube::LeaseOptions options;
    options.ns = "meshtrace-system";
    options.name = "l";
    options.identity = "us";
    options.lease_duration = 3s;
    options.renew_deadline = 2s;
    options.retry_period = 1s;
    kube::LeaderElector elector(options, [] { return 0.0; });
    ApiClientOptions client_options;
    client_options.cluster.server = server_.url();
    client_options.request_timeout = 1s;
    const auto client = ApiClient::create(client_options);
    ASSERT_TRUE(client);
    LeaderHandlers handlers;
    handlers.on_started = [this] { say("started"); };
    handlers.on_stopped = [this] { say("stopped"); };
    handlers.on_holder = [this](const std::string& holder) { say("holder " + holder); };
    handlers.on_problem = [this](const std::string& problem) { say("problem " + problem); };
    run_leader_election(stop, **client, elector, leadership_, handlers);
  }

  void say(const std::string& what) {
    const std::lock_guard lock(mutex_);
    said_.push_back(what);
    changed_.notify_all();
  }
  void wait_for(const std::string& what) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, 30s, [&] {
      return std::any_of(said_.begin(), said_.end(), [&](const auto& one) { return one.starts_with(what); });
    });
    ASSERT_TRUE(came) << what;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> methods_;  // of the requests
  std::vector<std::string> said_;     // by the handlers
  std::atomic<bool> broken_{false};
  std::atomic<bool> created_{false};
  Leadership leadership_;
  TestServer server_{[this](const std::string& head, TestServer::Peer& peer) { return answer(head, peer); }};
};

TEST_F(ClientLeader, LeadsAndGivesTheLeaseUpAtItsEnd) {
  EXPECT_FALSE(leadership_.leading());
  std::jthread thread([this](const std::stop_token& stop) { run(stop); });
  wait_for("started");
  EXPECT_TRUE(leadership_.leading());
  thread.request_stop();
  thread.join();
  EXPECT_FALSE(leadership_.leading());
  ASSERT_GE(methods_.size(), 4u);
  EXPECT_EQ(methods_.front(), "GET");
  EXPECT_EQ(methods_[1], "POST");
  EXPECT_EQ(methods_[methods_.size() - 2], "GET");
  EXPECT_EQ(methods_.back(), "PUT");
  EXPECT_THAT(said_, ElementsAre("started", "holder us", "stopped", "holder "));
}

TEST_F(ClientLeader, StopsLeadingWhenItCannotRenewAndLeadsAgainWhenItCan) {
  std::jthread thread([this](const std::stop_token& stop) { run(stop); });
  wait_for("started");
  broken_ = true;
  wait_for("stopped");
  EXPECT_FALSE(leadership_.leading());
  wait_for("problem HTTP status 500");
  {
    const std::lock_guard lock(mutex_);
    said_.clear();
  }
  broken_ = false;
  wait_for("started");
  EXPECT_TRUE(leadership_.leading());
}

}  // namespace
}  // namespace meshtrace::net
