// A watch's lines, and the informer that follows them, against a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "net/client/api_client.h"
#include "net/client/informer.h"
#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net {
namespace {

using namespace std::chrono_literals;
using testing::chunk;
using testing::chunked_head;
using ::testing::HasSubstr;
using testing::TestServer;
using Kind = WatchStream::Item::Kind;

std::unique_ptr<ApiClient> client_of(const TestServer& server, std::chrono::seconds idle = 10s) {
  ApiClientOptions options;
  options.cluster.server = server.url();
  options.request_timeout = 10s;
  options.watch_idle_timeout = idle;
  auto client = ApiClient::create(options);
  EXPECT_TRUE(client);
  return std::move(*client);
}

std::unique_ptr<WatchStream> watch(ApiClient& client, std::stop_token stop = {}) {
  kube::Request request;
  request.path = "/watch";
  auto stream = client.watch(request, stop);
  EXPECT_TRUE(stream) << stream.error().message();
  return stream ? std::move(*stream) : nullptr;
}

TEST(ClientWatch, GivesOutLinesHoweverTheyAreCut) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200) + chunk("{\"a\":") + chunk("1}\n{\"b\":2}\n{\"c\"") + chunk(":3}\n") + chunk(""));
    return true;
  });
  const auto client = client_of(server);
  const auto stream = watch(*client);
  EXPECT_EQ(stream->next({}).line, "{\"a\":1}");
  EXPECT_EQ(stream->next({}).line, "{\"b\":2}");
  EXPECT_EQ(stream->next({}).line, "{\"c\":3}");
  EXPECT_EQ(stream->next({}).kind, Kind::kEnd);
}

TEST(ClientWatch, GivesOutALineAsSoonAsItIsThere) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200) + chunk("{}\n"));
    peer.wait_for_close();
    return false;
  });
  const auto client = client_of(server);
  const auto begin = std::chrono::steady_clock::now();
  const auto stream = watch(*client);
  EXPECT_EQ(stream->next({}).line, "{}");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(ClientWatch, ARefusalHasItsBody) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    return peer.write(testing::http_reply(410, R"({"kind":"Status"})"));
  });
  const auto client = client_of(server);
  const auto stream = watch(*client);
  EXPECT_EQ(stream->reply().status, 410);
  EXPECT_EQ(stream->reply().body, R"({"kind":"Status"})");
}

TEST(ClientWatch, SaysThatALineIsTooLong) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200) + chunk("{}\n"));
    const std::string piece = chunk(std::string(1u << 20, 'x'));
    while (peer.write(piece)) {
    }
    return false;
  });
  const auto client = client_of(server);
  const auto stream = watch(*client);
  EXPECT_EQ(stream->next({}).kind, Kind::kLine);
  EXPECT_EQ(stream->next({}).kind, Kind::kTooLong);
}

TEST(ClientWatch, HoldsTheServerBackWhileNobodyReads) {
  std::atomic<std::size_t> written{0};
  TestServer server([&](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200));
    const std::string piece = chunk(std::string(64 * 1024 - 1, 'x') + "\n");
    while (peer.write(piece)) written += piece.size();
    return false;
  });
  const auto client = client_of(server);
  const auto stream = watch(*client);
  std::size_t before = 1;
  while (before != written) {  // until the server stands still
    before = written;
    std::this_thread::sleep_for(300ms);
  }
  // The kernel's socket buffers (some megabytes on loopback) and 256 KiB of ours.
  EXPECT_LT(written, 16u << 20);
  for (int line = 0; line < 300; ++line) ASSERT_EQ(stream->next({}).kind, Kind::kLine);
  EXPECT_GT(written, before);
}

TEST(ClientWatch, SaysThatItBroke) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200) + chunk("{}\n") + "ffff\r\n{\"half");
    return false;
  });
  const auto client = client_of(server);
  const auto stream = watch(*client);
  EXPECT_EQ(stream->next({}).line, "{}");
  EXPECT_EQ(stream->next({}).kind, Kind::kBroken);
}

TEST(ClientWatch, TakesALongSilenceForABrokenConnection) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200));
    peer.wait_for_close();
    return false;
  });
  const auto client = client_of(server, 1s);
  const auto item = watch(*client)->next({});
  EXPECT_EQ(item.kind, Kind::kBroken);
  EXPECT_EQ(item.error.what, "no reply in time");
}

TEST(ClientWatch, StopsInTheMiddleOfAWatch) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(chunked_head(200));
    peer.wait_for_close();
    return false;
  });
  const auto client = client_of(server);
  std::stop_source stop;
  const auto stream = watch(*client, stop.get_token());
  std::jthread later([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(stream->next(stop.get_token()).kind, Kind::kStopped);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

// A collection that changes in every watch, and a server that breaks, expires and refuses in turn.
TEST(ClientInformer, FollowsThroughBreaksExpiryAndRefusal) {
  std::mutex mutex;
  std::vector<std::string> requests;
  std::size_t watches = 0;
  const auto object = [](const std::string& name, int version) {
    return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + std::to_string(version) + "\"}}";
  };
  const auto added = [&](const std::string& name, int version) {
    return chunk(R"({"type":"ADDED","object":)" + object(name, version) + "}\n");
  };
  TestServer server([&](const std::string& head, TestServer::Peer& peer) {
    std::size_t turn = 0;
    {
      const std::lock_guard lock(mutex);
      requests.push_back(head.substr(0, head.find(" HTTP")));
      if (head.find("watch=true") == std::string::npos) {
        return peer.write(
            testing::http_reply(200, R"({"metadata":{"resourceVersion":"10"},"items":[)" + object("a", 9) + "]}"));
      }
      turn = watches++;
    }
    switch (turn) {
      case 0:  // broken in the middle of a line
        peer.write(chunked_head(200) + added("b", 11) + "ff\r\n{\"ty");
        return false;
      case 1:  // refused
        return peer.write(testing::http_reply(500, "{}"));
      case 2:  // expired, said in the stream
        peer.write(chunked_head(200) + chunk(R"({"type":"ERROR","object":{"kind":"Status","code":410}})"
                                             "\n"));
        peer.wait_for_close();
        return false;
      default:
        peer.write(chunked_head(200) + added("c", 12));
        peer.wait_for_close();
        return false;
    }
  });
  kube::ReflectorOptions options;
  options.resource = {"", "v1", "things", ""};
  options.backoff = {20ms, 100ms};
  kube::Reflector reflector(options, [] { return 0.5; });
  const auto client = client_of(server);
  std::stop_source stop;
  std::vector<std::string> names;
  int problems = 0;
  int current = 0;
  InformerHandlers handlers;
  handlers.on_change = [&](const kube::Change& change) {
    names.push_back(change.objects.at(0)["metadata"]["name"]);
    if (names.back() == "c") stop.request_stop();
  };
  handlers.on_problem = [&](const kube::Reflector::Problem&) { ++problems; };
  handlers.on_current = [&] { ++current; };
  std::jthread guard([&] {
    for (int wait = 0; wait < 100 && !stop.stop_requested(); ++wait) std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  run_informer(stop.get_token(), *client, reflector, handlers);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "a", "c"}));
  EXPECT_EQ(problems, 3);
  EXPECT_EQ(current, 3);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(requests.size(), 6u);
  EXPECT_THAT(requests[1], HasSubstr("resourceVersion=10&"));
  EXPECT_THAT(requests[2], HasSubstr("resourceVersion=11&"));
  EXPECT_THAT(requests[3], HasSubstr("resourceVersion=11&"));
  EXPECT_THAT(requests[4], ::testing::Not(HasSubstr("watch")));
}

}  // namespace
}  // namespace meshtrace::net
