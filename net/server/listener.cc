#include "net/server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace meshtrace::net {
namespace {

constexpr int kBacklog = 4096;      // connections that wait to be accepted; the kernel's own limit is often this
constexpr int kAcceptsInARow = 64;  // before the first worker's connections have their turn
constexpr std::chrono::milliseconds kPause{20};  // after a failed accept, for descriptors to become free

using Wait = boost::asio::posix::stream_descriptor;

std::string to_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(v6.sin6_port));
  }
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Endpoint endpoint_v4(const in_addr& address, std::uint16_t port) {
  Endpoint result;
  auto& v4 = reinterpret_cast<sockaddr_in&>(result.address);
  v4.sin_family = AF_INET;
  v4.sin_addr = address;
  v4.sin_port = htons(port);
  result.size = sizeof v4;
  return result;
}

Endpoint endpoint_v6(const in6_addr& address, std::uint16_t port) {
  Endpoint result;
  auto& v6 = reinterpret_cast<sockaddr_in6&>(result.address);
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = address;
  v6.sin6_port = htons(port);
  result.size = sizeof v6;
  return result;
}

// What to try, in this order: an unspecified address means both families, where the host has IPv6 at all.
std::vector<Endpoint> endpoints_of(const ServerOptions& options) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, options.address.c_str(), &v4) == 1) {
    if (v4.s_addr != INADDR_ANY) return {endpoint_v4(v4, options.port)};
  } else if (inet_pton(AF_INET6, options.address.c_str(), &v6) == 1) {
    if (!IN6_IS_ADDR_UNSPECIFIED(&v6)) return {endpoint_v6(v6, options.port)};
  } else {
    return {};
  }
  return {endpoint_v6(in6addr_any, options.port), endpoint_v4({INADDR_ANY}, options.port)};
}

// A listening socket, or -1 with errno set.
int try_listen(const Endpoint& endpoint) {
  const int descriptor = ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  const int off = 0;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (endpoint.address.ss_family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) == 0 &&
      ::listen(descriptor, kBacklog) == 0) {
    return descriptor;
  }
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return -1;
}

bool is_no_ipv6(int reason) { return reason == EAFNOSUPPORT || reason == EADDRNOTAVAIL; }

}  // namespace

Result<int> listen_on(const ServerOptions& options) {
  const std::string where = options.address + " port " + std::to_string(options.port);
  const std::vector<Endpoint> endpoints = endpoints_of(options);
  if (endpoints.empty()) return fail(options.address, "is not an IPv4 or IPv6 address to listen on");
  int reason = 0;
  for (const Endpoint& endpoint : endpoints) {
    const int descriptor = try_listen(endpoint);
    if (descriptor >= 0) return descriptor;
    reason = errno;
    if (!is_no_ipv6(reason)) break;
  }
  switch (reason) {
    case EADDRINUSE:
      return fail(where,
                  "the port is in use: end the program that listens on it (ss -ltnp names it) or choose another");
    case EACCES:
      return fail(where, "no permission to listen there: ports below 1024 need privileges, choose a higher one");
    case EADDRNOTAVAIL:
      return fail(where, "this machine has no such address");
    default:
      return fail(where, std::string("cannot listen: ") + std::strerror(reason));
  }
}

std::string local_address(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return to_text(address);
}

Listener::Listener(int descriptor, const std::vector<std::unique_ptr<Worker>>& workers)
    : socket_(workers.front()->io(), descriptor), pause_(workers.front()->io()), workers_(workers) {}

void Listener::start() {
  boost::asio::post(socket_.get_executor(), [this] { accept_loop(); });
}

void Listener::stop() {
  boost::asio::post(socket_.get_executor(), [this] {
    while (accept_some() == Round::kMore) {
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
    stopped_.store(true, std::memory_order_release);
  });
}

void Listener::accept_loop() {
  if (!socket_.is_open()) return;
  if (accept_some() == Round::kNoDescriptors) {
    make_room();
    pause_.expires_after(kPause);
    return pause_.async_wait([this](const boost::system::error_code& error) {
      if (!error) accept_loop();
    });
  }
  socket_.async_wait(Wait::wait_read, [this](const boost::system::error_code& error) {
    if (!error) accept_loop();
  });
}

Listener::Round Listener::accept_some() {
  for (int i = 0; i < kAcceptsInARow; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor =
        ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      hand_out(descriptor, to_text(address));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Round::kEmpty;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      failures_.fetch_add(1, std::memory_order_relaxed);
      return Round::kNoDescriptors;
    }
    // Anything else concerns this one connection: it has ended before we took it.
  }
  return Round::kMore;
}

void Listener::hand_out(int descriptor, std::string peer) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto open_of = [](const auto& worker) { return worker->counters().open.load(std::memory_order_relaxed); };
  const auto& least = *std::min_element(workers_.begin(), workers_.end(),
                                        [&](const auto& a, const auto& b) { return open_of(a) < open_of(b); });
  least->counters().open.fetch_add(1, std::memory_order_relaxed);
  least->adopt(descriptor, std::move(peer));
}

void Listener::make_room() {
  for (const auto& worker : workers_) worker->make_room();
}

}  // namespace meshtrace::net
