// A scripted HTTP/1.1 server on a free loopback port, with or without TLS, for tests of the API client: what a handler
// writes goes out byte for byte, so that replies can be late, cut short, endless or wrong.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/client_test_certificates.h"

namespace meshtrace::net::testing {

class TestServer {
 public:
  class Peer {
   public:
    Peer(int socket, SSL* tls) : socket_(socket), tls_(tls) {}
    // False once the client is gone.
    bool write(std::string_view bytes);
    std::size_t read(char* buffer, std::size_t size);
    // The common name in the client's certificate; empty without one.
    [[nodiscard]] std::string client_name() const;
    // Waits until the client closes the connection, or the server is destroyed.
    void wait_for_close();

   private:
    int socket_;
    SSL* tls_;
  };

  // `head` is the request line and the headers. False closes the connection.
  using Handler = std::function<bool(const std::string& head, Peer& peer)>;

  struct Options {
    const Identity* identity = nullptr;          // null: plain HTTP
    const Identity* client_authority = nullptr;  // asks for a client certificate
  };

  TestServer(const Options& options, Handler handler);
  explicit TestServer(Handler handler) : TestServer(Options{}, std::move(handler)) {}
  ~TestServer();

  [[nodiscard]] std::string url() const;
  [[nodiscard]] int connections() const { return accepted_; }

 private:
  void accept_loop();
  void serve(int socket);

  Handler handler_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A whole reply with a Content-Length.
std::string http_reply(int status, const std::string& body, const std::string& headers = {});
// The head of a chunked reply, and a chunk.
std::string chunked_head(int status);
std::string chunk(const std::string& bytes);

}  // namespace meshtrace::net::testing
