// The API client against a scripted server: what it sends, whom it trusts, and how it bears bad replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "net/client/api_client.h"
#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::Identity;
using ::testing::Not;
using testing::TestServer;

constexpr const char* kAddresses = "DNS:localhost,IP:127.0.0.1";

ApiClientOptions options_for(const std::string& server) {
  ApiClientOptions options;
  options.cluster.server = server;
  options.request_timeout = std::chrono::seconds(10);
  return options;
}

std::unique_ptr<ApiClient> client_of(ApiClientOptions options) {
  auto client = ApiClient::create(std::move(options));
  EXPECT_TRUE(client) << client.error().message();
  return client ? std::move(*client) : nullptr;
}

kube::Request get(const std::string& path) {
  kube::Request request;
  request.path = path;
  return request;
}

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "meshtrace-client-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

TEST(ApiClient, SendsPathQueryTokenAndAgent) {
  std::string seen;
  TestServer server([&](const std::string& head, TestServer::Peer& peer) {
    seen = head;
    return peer.write(testing::http_reply(200, "{}", "Retry-After: 7\r\n"));
  });
  auto options = options_for(server.url() + "/prefix");
  options.cluster.token = "secret";
  options.user_agent = "agent/1";
  options.cluster.impersonation = {{"Impersonate-User", "jane"}};
  kube::Request request = get("/api/v1/pods");
  request.query = {{"continue", "a b&c"}};
  const auto reply = client_of(options)->send(request, {});
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "{}");
  EXPECT_EQ(reply->retry_after, std::chrono::seconds(7));
  EXPECT_THAT(seen, HasSubstr("GET /prefix/api/v1/pods?continue=a%20b%26c HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nAuthorization:Bearer secret\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nUser-Agent:agent/1\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nImpersonate-User:jane\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Accept-Encoding")));  // unpacking has no limit
}

TEST(ApiClient, KeepsTheConnectionForTheNextRequest) {
  TestServer server(
      [](const std::string&, TestServer::Peer& peer) { return peer.write(testing::http_reply(200, "{}")); });
  const auto client = client_of(options_for(server.url()));
  for (int request = 0; request < 10; ++request) EXPECT_TRUE(client->send(get("/a"), {}));
  // Usually one; a connection may come back to the pool a moment after its reply was read.
  EXPECT_LE(server.connections(), 3);
}

TEST(ApiClient, ARefusalIsAReply) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    return peer.write(testing::http_reply(403, R"({"kind":"Status"})"));
  });
  const auto reply = client_of(options_for(server.url()))->send(get("/a"), {});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 403);
}

TEST(ApiClient, DoesNotFollowARedirectWithItsToken) {
  TestServer other(
      [](const std::string&, TestServer::Peer& peer) { return peer.write(testing::http_reply(200, "{}")); });
  TestServer server([&](const std::string&, TestServer::Peer& peer) {
    return peer.write(testing::http_reply(302, "", "Location: " + other.url() + "/\r\n"));
  });
  auto options = options_for(server.url());
  options.cluster.token = "secret";
  EXPECT_EQ(client_of(options)->send(get("/a"), {})->status, 302);
  EXPECT_EQ(other.connections(), 0);
}

class ApiClientTls : public ::testing::Test {
 protected:
  // One request to a server with that certificate.
  Result<kube::Reply> ask(const Identity& identity, const std::function<void(kube::ClientConfig&)>& configure) {
    TestServer server({&identity, &authority_}, [this](const std::string&, TestServer::Peer& peer) {
      client_name_ = peer.client_name();
      return peer.write(testing::http_reply(200, "{}"));
    });
    auto options = options_for(server.url());
    options.cluster.certificate_authority.data = authority_.certificate_pem;
    configure(options.cluster);
    return client_of(options)->send(get("/a"), {});
  }

  Identity authority_ = testing::make_authority("test authority");
  Identity server_ = testing::issue(authority_, "server", kAddresses);
  std::string client_name_;
};

TEST_F(ApiClientTls, TrustsTheAuthorityOfTheConfiguration) {
  const auto reply = ask(server_, [](auto&) {});
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(client_name_, "");
}

TEST_F(ApiClientTls, RefusesTheCertificateOfAnotherAuthority) {
  const Identity other = testing::make_authority("other authority");
  const auto reply = ask(testing::issue(other, "server", kAddresses), [](auto&) {});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr("the server's certificate: unable to get local issuer certificate"));
}

TEST_F(ApiClientTls, TrustsTheSystemAndNotEverybodyWithoutAnAuthority) {
  const auto reply = ask(server_, [](auto& cluster) { cluster.certificate_authority = {}; });
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr("the server's certificate"));
}

TEST_F(ApiClientTls, RefusesACertificateForAnotherHost) {
  const auto reply = ask(testing::issue(authority_, "server", "DNS:kubernetes"), [](auto&) {});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr("is not for this host; see tls-server-name"));
}

TEST_F(ApiClientTls, ChecksTheNameThatTlsServerNameSays) {
  const Identity named = testing::issue(authority_, "server", "DNS:kubernetes");
  EXPECT_TRUE(ask(named, [](auto& cluster) { cluster.tls_server_name = "kubernetes"; }));
  EXPECT_FALSE(ask(named, [](auto& cluster) { cluster.tls_server_name = "other"; }));
}

TEST_F(ApiClientTls, AcceptsAnythingWhenToldTo) {
  const Identity other = testing::make_authority("other authority");
  const auto reply = ask(testing::issue(other, "server", "DNS:elsewhere"), [](auto& cluster) {
    cluster.certificate_authority = {};
    cluster.insecure_skip_tls_verify = true;
  });
  EXPECT_TRUE(reply) << reply.error().message();
}

TEST_F(ApiClientTls, ShowsTheClientCertificate) {
  const Identity client = testing::issue(authority_, "jane", "");
  const auto reply = ask(server_, [&](auto& cluster) {
    cluster.client_certificate.data = client.certificate_pem;
    cluster.client_key.data = client.key_pem;
  });
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(client_name_, "jane");
}

TEST_F(ApiClientTls, SaysAtTheStartWhatIsWrongWithItsCredentials) {
  const Identity other = testing::issue(authority_, "other", "");
  const auto create = [&](const std::function<void(kube::ClientConfig&)>& configure) {
    auto options = options_for("https://127.0.0.1:1");
    configure(options.cluster);
    const auto client = ApiClient::create(options);
    return client ? std::string() : client.error().message();
  };
  EXPECT_THAT(create([](auto& cluster) { cluster.certificate_authority.data = "x"; }),
              HasSubstr("certificate-authority: holds no certificate in PEM"));
  EXPECT_THAT(create([](auto& cluster) { cluster.token_file = "/nonexistent/token"; }),
              HasSubstr("/nonexistent/token: No such file or directory"));
  EXPECT_THAT(create([](auto& cluster) { cluster.token = "secret\r\nX: y"; }),
              ::testing::AllOf(HasSubstr("token: holds no bearer token"), Not(HasSubstr("secret"))));
  EXPECT_THAT(create([&](auto& cluster) {
                cluster.client_certificate.data = server_.certificate_pem;
                cluster.client_key.data = other.key_pem;
              }),
              HasSubstr("client-key: is not the key of the client-certificate"));
  EXPECT_THAT(create([](auto& cluster) { cluster.server = "https://[::1]:6443"; }), HasSubstr("an IPv6 address"));
  EXPECT_THAT(create([](auto& cluster) { cluster.server = "ftp://a"; }), HasSubstr("must begin with https://"));
  EXPECT_THAT(create([](auto& cluster) { cluster.server = "https://a:secret@b"; }),
              ::testing::AllOf(HasSubstr("must not hold a user"), Not(HasSubstr("secret"))));
}

TEST_F(ApiClientTls, ReadsARotatedAuthorityAgain) {
  const Folder folder;
  const Identity next = testing::make_authority("next authority");
  const Identity server_of_next = testing::issue(next, "server", kAddresses);
  auto handler = [](const std::string&, TestServer::Peer& peer) { return peer.write(testing::http_reply(200, "{}")); };
  TestServer server({&server_of_next, nullptr}, handler);
  auto options = options_for(server.url());
  options.credentials_max_age = std::chrono::seconds(0);
  options.cluster.certificate_authority.file = folder.write("ca.crt", authority_.certificate_pem);
  const auto client = client_of(options);
  EXPECT_FALSE(client->send(get("/a"), {}));
  folder.write("ca.crt", authority_.certificate_pem + next.certificate_pem);
  const auto reply = client->send(get("/a"), {});
  EXPECT_TRUE(reply) << reply.error().message();
}

TEST(ApiClient, ReadsARotatedTokenAgainWhenItIsRefused) {
  const Folder folder;
  std::atomic<int> requests{0};
  TestServer server([&](const std::string& head, TestServer::Peer& peer) {
    ++requests;
    const bool fresh = head.find("Bearer two") != std::string::npos;
    return peer.write(testing::http_reply(fresh ? 200 : 401, "{}"));
  });
  auto options = options_for(server.url());
  options.cluster.token_file = folder.write("token", "one\n");
  const auto client = client_of(options);
  EXPECT_EQ(client->send(get("/a"), {})->status, 401);
  EXPECT_EQ(requests, 1);  // the same token is not tried twice
  folder.write("token", "two\n");
  EXPECT_EQ(client->send(get("/a"), {})->status, 200);
}

TEST(ApiClient, KeepsTheOldTokenWhileItsFileIsGone) {
  const Folder folder;
  TestServer server([](const std::string& head, TestServer::Peer& peer) {
    return peer.write(testing::http_reply(head.find("Bearer one") != std::string::npos ? 200 : 401, "{}"));
  });
  auto options = options_for(server.url());
  options.credentials_max_age = std::chrono::seconds(0);
  options.cluster.token_file = folder.write("token", "one");
  const auto client = client_of(options);
  std::filesystem::remove(options.cluster.token_file);
  EXPECT_EQ(client->send(get("/a"), {})->status, 200);
}

struct BadReply {
  const char* name;
  std::string bytes;
};
class ApiClientBadReply : public ::testing::TestWithParam<BadReply> {};

TEST_P(ApiClientBadReply, IsAnErrorAndTheNextRequestWorks) {
  std::atomic<bool> bad{true};
  TestServer server([&](const std::string&, TestServer::Peer& peer) {
    if (!bad) return peer.write(testing::http_reply(200, "{}"));
    peer.write(GetParam().bytes);
    return false;
  });
  auto options = options_for(server.url());
  options.max_reply_bytes = 100'000;
  options.cluster.token = "secret";
  const auto client = client_of(options);
  const auto reply = client->send(get("/a"), {});
  ASSERT_FALSE(reply) << reply->status << " " << reply->body.size();
  EXPECT_THAT(reply.error().message(), ::testing::AllOf(HasSubstr(server.url()), Not(HasSubstr("secret"))));
  bad = false;
  EXPECT_TRUE(client->send(get("/a"), {}));
}

INSTANTIATE_TEST_SUITE_P(
    , ApiClientBadReply,
    ::testing::Values(BadReply{"Nothing", ""}, BadReply{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
                      BadReply{"HeadCutShort", "HTTP/1.1 200 OK\r\nContent-"},
                      BadReply{"BodyCutShort", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
                      BadReply{"ChunkCutShort", testing::chunked_head(200) + "ff\r\nabc"},
                      BadReply{"ChunkSizeOdd", testing::chunked_head(200) + "xyz\r\nabc"},
                      BadReply{"LongerThanItsLimit", testing::http_reply(200, std::string(200'000, 'x'))},
                      BadReply{"ChunksLongerThanItsLimit",
                               testing::chunked_head(200) + testing::chunk(std::string(60'000, 'x')) +
                                   testing::chunk(std::string(60'000, 'x')) + testing::chunk("")}),
    [](const auto& test) { return test.param.name; });

TEST(ApiClient, GivesUpOnASilentServer) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.wait_for_close();
    return false;
  });
  auto options = options_for(server.url());
  options.request_timeout = std::chrono::seconds(1);
  const auto reply = client_of(options)->send(get("/a"), {});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr("no reply in time"));
}

TEST(ApiClient, GivesUpOnAServerThatDripsItsReply) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (peer.write("x")) std::this_thread::sleep_for(50ms);
    return false;
  });
  auto options = options_for(server.url());
  options.request_timeout = std::chrono::seconds(1);
  EXPECT_THAT(client_of(options)->send(get("/a"), {}).error().message(), HasSubstr("no reply in time"));
}

TEST(ApiClient, SaysThatNobodyListens) {
  std::string url;
  {
    TestServer server([](const std::string&, TestServer::Peer&) { return false; });
    url = server.url();
  }
  const auto reply = client_of(options_for(url))->send(get("/a"), {});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message(), HasSubstr(url));
}

TEST(ApiClient, StopsAtOnceWhateverItWaitsFor) {
  const Identity authority = testing::make_authority("a");
  TestServer silent([](const std::string&, TestServer::Peer& peer) {
    peer.wait_for_close();
    return false;
  });
  // Plain HTTP where TLS is expected: the handshake never ends, since this server waits for a whole request.
  for (const std::string& url : {silent.url(), "https" + silent.url().substr(4)}) {
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(client_of(options_for(url))->send(get("/a"), stop.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s) << url;
  }
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST(ApiClient, LeaksNoDescriptorWhenRequestsAreAbandoned) {
  TestServer server([](const std::string&, TestServer::Peer& peer) {
    peer.wait_for_close();
    return false;
  });
  const auto client = client_of(options_for(server.url()));
  const auto abandon_one = [&] {
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(10ms);
      stop.request_stop();
    });
    EXPECT_FALSE(client->send(get("/a"), stop.get_token()));
  };
  abandon_one();
  const std::size_t before = open_descriptors();
  for (int request = 0; request < 30; ++request) abandon_one();
  std::size_t after = open_descriptors();
  for (int wait = 0; wait < 100 && after > before + 2; ++wait) {
    std::this_thread::sleep_for(20ms);
    after = open_descriptors();
  }
  EXPECT_LE(after, before + 2);
}

}  // namespace
}  // namespace meshtrace::net
