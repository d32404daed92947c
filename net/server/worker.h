// One thread of the server with its connections. Everything public but run() may be called from any thread: it is
// posted to the worker's own. Internal to net/server.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#include "net/server/connection.h"

namespace meshtrace::net {

class Worker {
 public:
  Worker(const ServerOptions& options, const Handler& handler, std::shared_ptr<const TlsContext> tls,
         std::size_t max_connections);
  ~Worker();

  void start();
  // Ends the thread; connections stay open until the worker is destroyed.
  void stop();
  // Takes over a non-blocking socket that has been counted in counters().open; gives up another if there is no room.
  void adopt(int descriptor, std::string peer);
  // Gives up a few connections, for want of file descriptors.
  void make_room();
  void set_tls(std::shared_ptr<const TlsContext> tls);
  void announce_end();
  void wind_down();

  [[nodiscard]] boost::asio::io_context& io() { return thread_.io; }
  [[nodiscard]] Counters& counters() { return thread_.counters; }
  [[nodiscard]] const Counters& counters() const { return thread_.counters; }

 private:
  void admit(int descriptor, std::string peer);
  void evict();
  void tick();

  ThreadState thread_;
  std::size_t max_connections_;
  boost::asio::steady_timer timer_;
  std::thread runner_;
};

}  // namespace meshtrace::net
