// The HTTPS server: HTTP/1.1 over TLS, keep-alive and pipelining, with limits on everything a peer can use up, and a
// graceful end. It knows nothing of admission; requests go to one handler. No Boost in this header.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/base/result.h"
#include "net/server/http.h"
#include "net/server/tls_context.h"

namespace meshtrace::net {

struct ServerOptions {
  // IPv4 or IPv6 address to listen on. An unspecified one (0.0.0.0 or ::) means all interfaces and both families.
  std::string address = "0.0.0.0";
  std::uint16_t port = 9443;  // 0: a free one, see Server::address()
  int threads = 2;            // each serves its connections alone
  // Open connections. One more evicts another, the idlest first (connection_table.h). An API server holds one for each
  // of its concurrent calls; an idle connection costs some 18 KiB.
  std::size_t max_connections = 1024;
  std::size_t header_bytes = 16u << 10;  // of a request; API servers send less than 1 KiB
  // Of a request. An AdmissionReview holds at most two objects, and etcd's limit on an object is 1.5 MiB; their JSON
  // is larger than what etcd stores, hence double of that.
  std::size_t body_bytes = 8u << 20;
  // Of all request bodies above 64 KiB that are held at one moment; another is refused with 503. Two full ones for each
  // thread: the API server's large reviews are rare, and a crowd of large bodies must not end the process.
  std::size_t large_bodies_bytes = 32u << 20;
  // API servers wait at most 30 s for a webhook, ours are told 3 s: who is slower than these has gone.
  std::chrono::milliseconds handshake_time{5'000};
  std::chrono::milliseconds head_time{5'000};    // from a request's first byte; on a new connection from the handshake
  std::chrono::milliseconds body_time{10'000};   // from the end of the head
  std::chrono::milliseconds write_time{10'000};  // for the whole response
  std::chrono::milliseconds idle_time{120'000};  // between requests; Go clients give up their side after 90 s
  std::chrono::milliseconds linger_time{2'000};  // for the peer to read the last response before the socket closes
};

// Since the start, but for `open`. Sums over the threads, not taken at one instant.
struct ServerStats {
  // Statuses that the server itself answers with, for requests that never reach the handler.
  static constexpr std::array<int, 11> kRefusals{400, 408, 411, 413, 414, 415, 417, 431, 501, 503, 505};

  std::uint64_t open = 0;  // connections at this moment
  std::uint64_t accepted = 0;
  std::uint64_t evicted = 0;
  std::uint64_t handshake_failures = 0;
  std::uint64_t timeouts = 0;         // connections ended by one of the times above, idle_time included
  std::uint64_t accept_failures = 0;  // mostly for want of file descriptors
  std::array<std::uint64_t, kRefusals.size()> refused{};  // by kRefusals' order
};

class Server {
 public:
  // Listens; connections wait for serve(). Raises the soft limit on file descriptors as far as it may, and allows fewer
  // connections where that is not enough: see max_connections().
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, std::shared_ptr<const TlsContext> tls);
  // Closes what is still open.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves with threads of its own, until the object is destroyed. To be called once.
  void serve(Handler handler);

  // Where it listens: "127.0.0.1:9443", "[::]:9443".
  [[nodiscard]] const std::string& address() const;
  [[nodiscard]] std::size_t max_connections() const;

  // Handshakes from now on show this certificate.
  void set_tls(std::shared_ptr<const TlsContext> tls);

  // The graceful end, in this order. From announce_end() on every response closes its connection, so that clients move
  // elsewhere, and new connections are still served.
  void announce_end();
  // Serves what has connected already, accepts nothing more, closes what is idle.
  void stop_accepting();
  // True when nothing is open any more after stop_accepting().
  [[nodiscard]] bool drained() const;

  [[nodiscard]] ServerStats stats() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace meshtrace::net
