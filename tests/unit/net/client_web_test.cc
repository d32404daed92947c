// The client for any web server: what it sends, whom it trusts, and how it bears hostile replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "net/client/web_client.h"
#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Identity;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::TestServer;

using Redirects = WebClientOptions::Redirects;

WebClientOptions following() {
  WebClientOptions options;
  options.redirects = Redirects::kFollow;
  return options;
}

WebRequest request_to(const std::string& url) {
  WebRequest request;
  request.url = url;
  request.headers = {{"traceparent", "00-1"}};
  request.private_headers = {{"X-Api-Key", "secret"}};
  return request;
}

Result<WebReply> ask(const WebClientOptions& options, const WebRequest& request) {
  const auto client = WebClient::create(options);
  if (!client) return tl::make_unexpected(client.error());
  return (*client)->send(request, {});
}

// Keeps the heads of its requests.
class Recorder {
 public:
  explicit Recorder(std::function<std::string()> reply)
      : server_([this, reply](const std::string& head, TestServer::Peer& peer) {
          heads.push_back(head);
          return peer.write(reply());
        }) {}
  [[nodiscard]] std::string url() const { return server_.url(); }

  std::vector<std::string> heads;

 private:
  TestServer server_;
};

std::string redirect_to(const std::string& location) {
  return testing::http_reply(302, "", "Location: " + location + "\r\n");
}

TEST(ClientWeb, SendsWhatItIsTold) {
  Recorder server([] { return testing::http_reply(418, "tea", "X-Request-Id: 7\r\n"); });
  WebRequest request = request_to(server.url() + "/a%20b?c=d#e");
  request.method = "POST";
  request.host = "shop.example";
  request.body = "x=1";
  const auto reply = ask({}, request);
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, 418);
  EXPECT_EQ(reply->body, "tea");
  EXPECT_TRUE(reply->body_is_whole);
  EXPECT_EQ(header_of(reply->headers, "x-request-ID"), "7");
  const std::string& head = server.heads.at(0);
  EXPECT_THAT(head, HasSubstr("POST /a%20b?c=d HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nHost: shop.example\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\ntraceparent: 00-1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Api-Key: secret\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Accept-Encoding")));  // unpacking has no limit
}

TEST(ClientWeb, FollowsRedirectsOfTheOriginWithEverything) {
  int replies = 0;
  Recorder server([&] { return ++replies < 3 ? redirect_to("/next") : testing::http_reply(200, "{}"); });
  const auto reply = ask(following(), request_to(server.url()));
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, 200);
  EXPECT_THAT(reply->redirects, SizeIs(2));
  EXPECT_THAT(server.heads.at(2), AllOf(HasSubstr("GET /next "), HasSubstr("X-Api-Key: secret")));
}

TEST(ClientWeb, TakesNoCredentialsToAnotherOrigin) {
  Recorder other([] { return testing::http_reply(200, "{}"); });
  Recorder server([&] { return redirect_to(other.url() + "/landing"); });
  const auto reply = ask(following(), request_to(server.url()));
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->redirects.at(0), other.url() + "/landing");
  EXPECT_THAT(other.heads.at(0), AllOf(HasSubstr("traceparent: 00-1"), Not(HasSubstr("secret"))));
}

TEST(ClientWeb, GivesUpARingOfRedirects) {
  Recorder server([] { return redirect_to("/again"); });
  const auto reply = ask(following(), request_to(server.url()));
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr("more than 5"));
  EXPECT_THAT(server.heads, SizeIs(6));
}

TEST(ClientWeb, ReturnsARedirectWhereItMayNotFollow) {
  Recorder server([] { return redirect_to("/next"); });
  EXPECT_EQ(ask({}, request_to(server.url()))->status, 302);
  EXPECT_THAT(server.heads, SizeIs(1));
}

TEST(ClientWeb, CutsABodyThatIsTooLong) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    if (!peer.write(testing::chunked_head(200))) return false;
    while (peer.write(testing::chunk(std::string(4096, 'x')))) {
    }
    return false;
  });
  WebClientOptions options;
  options.max_body_bytes = 10'000;
  const auto reply = ask(options, request_to(server.url()));
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_THAT(reply->body, SizeIs(10'000));
  EXPECT_FALSE(reply->body_is_whole);
}

TEST(ClientWeb, RefusesHeadersWithoutEnd) {
  for (const std::string& flood : {"X-A: " + std::string(1000, 'b') + "\r\n", std::string(4096, 'b')}) {
    TestServer server([&](const std::string&, TestServer::Peer& peer) {
      if (!peer.write("HTTP/1.1 200 OK\r\n")) return false;
      while (peer.write(flood)) {
      }
      return false;
    });
    const auto reply = ask({}, request_to(server.url()));
    ASSERT_FALSE(reply);
    EXPECT_THAT(reply.error().message(), HasSubstr("header limit exceeded"));
  }
}

TEST(ClientWeb, WaitsForTheReplyBehindInterimOnes) {
  Recorder server([] {
    return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" +
           testing::http_reply(200, "late");
  });
  const auto reply = ask({}, request_to(server.url()));
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "late");
}

TEST(ClientWeb, ReadsABodyHoweverItsEndIsSaid) {
  for (const std::string& whole :
       {testing::chunked_head(200) + testing::chunk("ab") + testing::chunk("c") + testing::chunk(""),
        testing::http_reply(200, "abc"), std::string("HTTP/1.1 200 OK\r\n\r\nabc")}) {
    TestServer server([&](const std::string&, TestServer::Peer& peer) {
      peer.write(whole);
      return false;
    });
    const auto reply = ask({}, request_to(server.url()));
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->body, "abc");
  }
}

TEST(ClientWeb, AReplyToHeadHasNoBody) {
  Recorder server([] { return std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"); });
  WebRequest request = request_to(server.url());
  request.method = "HEAD";
  const auto reply = ask({}, request);
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->body, "");
}

TEST(ClientWeb, StopsWhenAsked) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.wait_for_close();
    return false;
  });
  std::stop_source stop;
  stop.request_stop();
  const auto client = WebClient::create({});
  const auto reply = (*client)->send(request_to(server.url()), stop.get_token());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message(), "stopped");
}

TEST(ClientWeb, DoesNotWaitLongerThanTold) {
  for (const char* beginning : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}) {
    TestServer server([&](const std::string&, TestServer::Peer& peer) {
      peer.write(beginning);
      peer.wait_for_close();
      return false;
    });
    WebRequest request = request_to(server.url());
    request.timeout = 200ms;
    const auto reply = ask({}, request);
    ASSERT_FALSE(reply);
    EXPECT_THAT(reply.error().message(), HasSubstr("no reply in time"));
  }
}

TEST(ClientWeb, AReplyThatBreaksOffIsNone) {
  for (const char* reply : {"", "HTTP/1.1 2", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"}) {
    TestServer server([&](const std::string&, TestServer::Peer& peer) {
      peer.write(reply);
      return false;
    });
    EXPECT_FALSE(ask({}, request_to(server.url()))) << reply;
  }
}

TEST(ClientWeb, RefusesUrlsThatItCannotOrMustNotAsk) {
  for (const char* url : {"", "shop", "ftp://a/", "http://", "http://jane:secret@a/", "http://a b@c/"}) {
    const auto reply = ask({}, request_to(url));
    ASSERT_FALSE(reply) << url;
    EXPECT_THAT(reply.error().message(), Not(HasSubstr("secret")));
  }
}

class ClientWebTls : public ::testing::Test {
 protected:
  WebClientOptions trusting() const {
    WebClientOptions options = following();
    options.tls.authority_pem = authority_.certificate_pem;
    options.tls.certificate_pem = jane_.certificate_pem;
    options.tls.key_pem = jane_.key_pem;
    return options;
  }

  Identity authority_ = testing::make_authority("test authority");
  Identity server_ = testing::issue(authority_, "server", "DNS:localhost,IP:127.0.0.1");
  Identity jane_ = testing::issue(authority_, "jane", "");
};

TEST_F(ClientWebTls, ShowsItsCertificateToTheOriginAlone) {
  std::string seen_by_server;
  std::string seen_by_other = "nothing yet";
  TestServer other({&server_, &authority_}, [&](const std::string&, TestServer::Peer& peer) {
    seen_by_other = peer.client_name();
    return peer.write(testing::http_reply(200, "{}"));
  });
  TestServer server({&server_, &authority_}, [&](const std::string&, TestServer::Peer& peer) {
    seen_by_server = peer.client_name();
    return peer.write(redirect_to(other.url() + "/"));
  });
  const auto reply = ask(trusting(), request_to(server.url()));
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(seen_by_server, "jane");
  EXPECT_THAT(seen_by_other, IsEmpty());
}

TEST_F(ClientWebTls, RefusesACertificateThatIsNotTheServers) {
  auto handler = [](const std::string&, TestServer::Peer& peer) { return peer.write(testing::http_reply(200, "{}")); };
  const Identity elsewhere = testing::issue(authority_, "server", "DNS:elsewhere");
  TestServer server({&elsewhere, nullptr}, handler);
  const auto refused = ask(trusting(), request_to(server.url()));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("IP address mismatch"));
  WebRequest named = request_to(server.url());
  named.host = "elsewhere";
  EXPECT_TRUE(ask(trusting(), named));
  WebClientOptions anything;
  anything.tls.verify = false;
  EXPECT_TRUE(ask(anything, request_to(server.url())));
}

TEST_F(ClientWebTls, SaysAtTheStartWhatIsWrongWithItsCertificates) {
  WebClientOptions options;
  options.tls.authority_pem = "none";
  const auto client = WebClient::create(options);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message(), HasSubstr("holds no certificate in PEM"));
}

}  // namespace
}  // namespace meshtrace::net
