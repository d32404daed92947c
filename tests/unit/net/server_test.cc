// The server in this process, with limits of milliseconds: what tests/server cannot wait for, and what sanitizers see.
#include "net/server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/server_test_client.h"

namespace meshtrace::net {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kGet = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

Response echo(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("a handler that fails");
  Response response;
  response.body = std::string(request.path) + "|" + std::string(request.query) + "|" + std::string(request.body);
  if (request.path == "/large") response.body.assign(20'000'000, 'x');
  return response;
}

ServerOptions test_options() {
  ServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  return options;
}

std::unique_ptr<Server> serve(const ServerOptions& options) {
  auto server = Server::listen(options, *TlsContext::create_self_signed());
  if (!server) throw std::runtime_error(server.error().message());
  (*server)->serve(echo);
  return std::move(*server);
}

template <class Condition>
bool soon(const Condition& condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
  return condition();
}

bool is_refused(const std::string& address) {
  try {
    const TestClient client(address);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

TEST(Server, AnswersOneRequestAfterTheOther) {
  const auto server = serve(test_options());
  TestClient client(server->address());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(kGet));
    const std::string response = client.receive();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, EndsWith("\r\n\r\n/a|b=c|"));
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = serve(test_options());
  TestClient client(server->address());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 100; ++i) EXPECT_THAT(client.receive(), EndsWith("\r\n\r\n/" + std::to_string(i) + "||"));
}

TEST(Server, SurvivesAHandlerThatThrows) {
  const auto server = serve(test_options());
  TestClient client(server->address());
  ASSERT_TRUE(client.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 500 "));
  EXPECT_TRUE(client.ends());
  TestClient other(server->address());
  ASSERT_TRUE(other.send(kGet));
  EXPECT_THAT(other.receive(), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, EndsWhatIsSlowerThanItsTime) {
  ServerOptions options = test_options();
  options.head_time = options.body_time = options.idle_time = options.write_time = milliseconds(500);
  const auto server = serve(options);
  TestClient silent(server->address());
  EXPECT_TRUE(silent.ends());
  TestClient head(server->address());
  ASSERT_TRUE(head.send("GET / HT"));
  EXPECT_THAT(head.receive(), StartsWith("HTTP/1.1 408 "));
  TestClient body(server->address());
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"));
  EXPECT_THAT(body.receive(), StartsWith("HTTP/1.1 408 "));
  TestClient idle(server->address());
  ASSERT_TRUE(idle.send(kGet));
  EXPECT_THAT(idle.receive(), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(idle.ends());
  TestClient deaf(server->address());
  ASSERT_TRUE(deaf.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(soon([&] { return server->stats().timeouts == 5; })) << server->stats().timeouts;
}

TEST(Server, ClosesWhatLingersAfterItsTime) {
  ServerOptions options = test_options();
  options.linger_time = milliseconds(100);
  const auto server = serve(options);
  TestClient client(server->address());
  ASSERT_TRUE(client.send("BROKEN\r\n\r\n"));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 400 "));
  // The client does not close its side.
  EXPECT_TRUE(soon([&] { return server->stats().open == 0; }));
}

TEST(Server, RefusesLargeBodiesOverItsBudgetAndServesSmallOnes) {
  ServerOptions options = test_options();
  options.threads = 1;
  options.large_bodies_bytes = 150'000;
  const auto server = serve(options);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 110000\r\n\r\n";
  TestClient first(server->address());
  ASSERT_TRUE(first.send(head + std::string(100'000, 'a')));
  std::this_thread::sleep_for(milliseconds(300));  // for the server to have read it before the second comes
  TestClient second(server->address());
  ASSERT_TRUE(second.send(head + std::string(100'000, 'b')));
  EXPECT_THAT(second.receive(), StartsWith("HTTP/1.1 503 "));
  TestClient small(server->address());
  ASSERT_TRUE(small.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
  EXPECT_THAT(small.receive(), EndsWith("/||hi"));
  ASSERT_TRUE(first.send(std::string(10'000, 'a')));
  EXPECT_THAT(first.receive(), StartsWith("HTTP/1.1 200 "));
  TestClient third(server->address());  // the budget is free again
  ASSERT_TRUE(third.send(head + std::string(110'000, 'c')));
  EXPECT_THAT(third.receive(), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, GivesUpTheIdlestConnectionForANewOne) {
  ServerOptions options = test_options();
  options.threads = 1;
  options.max_connections = 3;
  const auto server = serve(options);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<TestClient>(server->address()));
    ASSERT_TRUE(clients.back()->send(kGet));
    EXPECT_THAT(clients.back()->receive(), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_EQ(server->stats().evicted, 1u);
  EXPECT_TRUE(clients[0]->ends());
  ASSERT_TRUE(clients[1]->send(kGet));
  EXPECT_THAT(clients[1]->receive(), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, DrainsInOrder) {
  const auto server = serve(test_options());
  TestClient idle(server->address());
  ASSERT_TRUE(idle.send(kGet));
  EXPECT_THAT(idle.receive(), StartsWith("HTTP/1.1 200 "));
  TestClient in_flight(server->address());
  ASSERT_TRUE(in_flight.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"));
  server->announce_end();
  TestClient late(server->address());  // still served, and told to go
  ASSERT_TRUE(late.send(kGet));
  EXPECT_THAT(late.receive(), HasSubstr("Connection: close\r\n"));
  server->stop_accepting();
  EXPECT_TRUE(idle.ends());
  EXPECT_FALSE(server->drained());
  ASSERT_TRUE(in_flight.send("cd"));
  const std::string response = in_flight.receive();
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response, EndsWith("/||abcd"));
  EXPECT_TRUE(soon([&] { return is_refused(server->address()); }));
  EXPECT_TRUE(soon([&] { return server->drained(); }));
}

TEST(Server, EndsWithConnectionsInEveryState) {
  auto server = serve(test_options());
  TestClient idle(server->address());
  ASSERT_TRUE(idle.send(kGet));
  idle.receive();
  TestClient newcomer(server->address());
  TestClient half(server->address());
  ASSERT_TRUE(half.send("GET /"));
  TestClient deaf(server->address());
  ASSERT_TRUE(deaf.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  server.reset();
  EXPECT_TRUE(idle.ends());
}

TEST(Server, SaysWhatToDoAboutAPortInUse) {
  const auto server = serve(test_options());
  ServerOptions options = test_options();
  options.port = static_cast<std::uint16_t>(std::stoi(server->address().substr(server->address().rfind(':') + 1)));
  const auto second = Server::listen(options, *TlsContext::create_self_signed());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("the port is in use"));
}

TEST(Server, ListensOnBothFamiliesWithAnUnspecifiedAddress) {
  ServerOptions options = test_options();
  options.address = "0.0.0.0";
  const auto server = serve(options);
  TestClient client(server->address());  // by IPv4
  ASSERT_TRUE(client.send(kGet));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace meshtrace::net
