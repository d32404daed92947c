// The plain GET that istiod is asked by, against a scripted server: what it sends, and how it bears bad replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "net/client/http_get.h"
#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestServer;

HttpGet get_from(const TestServer& server) {
  HttpGet get;
  get.address = "127.0.0.1";
  get.port = static_cast<std::uint16_t>(std::stoi(server.url().substr(server.url().rfind(':') + 1)));
  get.path = "/debug/syncz?pretty";
  get.timeout = 10s;
  return get;
}

TEST(ClientHttpGet, SendsPathAndTokenAndTakesEveryStatus) {
  std::string seen;
  TestServer server([&](const std::string& head, TestServer::Peer& peer) {
    seen = head;
    return peer.write(testing::http_reply(403, "no"));
  });
  HttpGet get = get_from(server);
  get.bearer_token = "secret";
  const auto reply = http_get(get, {});
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, 403);
  EXPECT_EQ(reply->body, "no");
  EXPECT_THAT(seen, HasSubstr("GET /debug/syncz?pretty HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Authorization: Bearer secret\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Accept-Encoding"))) << "unpacking has no limit";
}

TEST(ClientHttpGet, SendsNoTokenWhenThereIsNone) {
  std::string seen;
  TestServer server([&](const std::string& head, TestServer::Peer& peer) {
    seen = head;
    return peer.write(testing::http_reply(200, ""));
  });
  ASSERT_TRUE(http_get(get_from(server), {}));
  EXPECT_THAT(seen, Not(HasSubstr("Authorization")));
}

TEST(ClientHttpGet, ReadsAReplyInPiecesOfAnySize) {
  const std::string piece(100'000, 'x');
  TestServer server([&](const std::string&, TestServer::Peer& peer) {
    std::string reply = testing::chunked_head(200);
    for (int i = 0; i < 50; ++i) reply += testing::chunk(piece);
    return peer.write(reply + testing::chunk(""));
  });
  EXPECT_EQ(http_get(get_from(server), {})->body.size(), 5'000'000u);
}

struct BadReply {
  const char* name;
  std::string bytes;
};
class ClientHttpGetBears : public ::testing::TestWithParam<BadReply> {};

TEST_P(ClientHttpGetBears, AReplyThatIsNone) {
  TestServer server([&](const std::string&, TestServer::Peer& peer) {
    peer.write(GetParam().bytes);
    return false;
  });
  HttpGet get = get_from(server);
  get.max_bytes = 1000;
  get.bearer_token = "secret";
  const auto reply = http_get(get, {});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr("/debug/syncz"));
  EXPECT_THAT(reply.error().message(), Not(HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(
    , ClientHttpGetBears,
    ::testing::Values(BadReply{"Nothing", ""}, BadReply{"NotHttp", "secret secret\r\n\r\n"},
                      BadReply{"CutShort", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"},
                      BadReply{"TooLong", testing::http_reply(200, std::string(1001, 'x'))},
                      BadReply{"TooLongInChunks", testing::chunked_head(200) + testing::chunk(std::string(600, 'x')) +
                                                      testing::chunk(std::string(600, 'x')) + testing::chunk("")},
                      BadReply{"TooLongToTheEnd", "HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x')},
                      BadReply{"TooManyHeaders", "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"},
                      BadReply{"NegativeLength", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nsecret"}),
    [](const auto& test) { return test.param.name; });

TEST(ClientHttpGet, EndsAReplyThatDrips) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write(testing::chunked_head(200));
    while (peer.write(testing::chunk("x"))) std::this_thread::sleep_for(1ms);
    return false;
  });
  HttpGet get = get_from(server);
  get.timeout = 200ms;
  EXPECT_THAT(http_get(get, {}).error().message(), HasSubstr("in time"));
}

TEST(ClientHttpGet, EndsWhenNothingComes) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.wait_for_close();
    return false;
  });
  HttpGet get = get_from(server);
  get.timeout = 100ms;
  EXPECT_THAT(http_get(get, {}).error().message(), HasSubstr("in time"));
}

TEST(ClientHttpGet, EndsWhenItIsToStop) {
  std::stop_source stop;
  TestServer server([&](const std::string&, TestServer::Peer& peer) {
    stop.request_stop();
    peer.wait_for_close();
    return false;
  });
  HttpGet get = get_from(server);
  get.timeout = 1h;
  EXPECT_THAT(http_get(get, stop.get_token()).error().message(), HasSubstr("stopped"));
}

TEST(ClientHttpGet, RefusesWhatIsNoAddress) {
  HttpGet get;
  for (const char* address : {"", "localhost", "10.0.0.256", "[::1]"}) {
    get.address = address;
    EXPECT_FALSE(http_get(get, {})) << address;
  }
}

}  // namespace
}  // namespace meshtrace::net
