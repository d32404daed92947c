// The listening socket: bound, and handing out connections to the least loaded worker. Internal to net/server.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "net/server/worker.h"

namespace meshtrace::net {

// A socket that listens on options.address and options.port. The error says what to do about a port in use.
Result<int> listen_on(const ServerOptions& options);

// "127.0.0.1:9443", "[::1]:9443": the local address of a socket.
std::string local_address(int descriptor);

class Listener {
 public:
  // Owns `descriptor`. Runs on the first worker's thread.
  Listener(int descriptor, const std::vector<std::unique_ptr<Worker>>& workers);

  void start();
  // From any thread: takes what has connected already, then closes the socket.
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }

 private:
  enum class Round { kEmpty, kMore, kNoDescriptors };
  Round accept_some();
  void accept_loop();
  void hand_out(int descriptor, std::string peer);
  void make_room();

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace meshtrace::net
