// One connection of the server as a state machine: handshake, requests one after the other, a clean end. It runs on
// its thread alone, does what is possible now and then waits for its socket. Internal to net/server.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "net/server/connection_table.h"
#include "net/server/request_reader.h"
#include "net/server/server.h"
#include "net/server/tls_stream.h"

namespace meshtrace::net {

using Clock = std::chrono::steady_clock;

// Written by one thread, read by whoever wants the statistics: relaxed everywhere.
struct Counters {
  std::atomic<std::uint64_t> open{0};  // counted up by the acceptor already, so that it can choose a thread
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> evicted{0};
  std::atomic<std::uint64_t> handshake_failures{0};
  std::atomic<std::uint64_t> timeouts{0};
  std::array<std::atomic<std::uint64_t>, ServerStats::kRefusals.size()> refused{};

  static void count(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
  void count_refusal(int status);
};

class Connection;

// What the connections of one thread share, untouched by any other thread but for the counters.
struct ThreadState {
  ThreadState(const ServerOptions& o, const Handler& h, std::shared_ptr<const TlsContext> t)
      : options(o), handler(h), tls(std::move(t)) {}

  static constexpr std::size_t kScratchBytes = 16u << 10;  // a TLS record's most

  const ServerOptions& options;
  const Handler& handler;
  boost::asio::io_context io{1};  // 1: one thread runs it, so Asio spares the locks
  std::shared_ptr<const TlsContext> tls;
  std::array<char, kScratchBytes> scratch;  // holds nothing between two steps of a connection
  std::string date;                         // for the Date field, renewed by the worker
  bool ending = false;                      // every response closes its connection
  std::size_t large_body_bytes = 0;         // held by all connections of this thread
  Counters counters;
  ConnectionTable<Connection> table;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Owns `descriptor`, a non-blocking socket.
  Connection(ThreadState& thread, int descriptor, std::string peer);

  void start();
  [[nodiscard]] bool is_overdue(Clock::time_point now) const { return now >= deadline_; }
  // Ends an overdue one: with 408 in the middle of a request.
  void expire();
  // For a server that ends: closes it now if idle, soon if no request has begun, after its request otherwise.
  void wind_down();
  // Closes the socket at once.
  void close();

  ConnectionTable<Connection>::Place place;  // kept by the table's users

 private:
  enum class Phase { kHandshake, kIdle, kHead, kBody, kWrite, kLinger, kClosed };
  enum class Step { kAgain, kWaitRead, kWaitWrite, kYield, kClose };

  void run();
  void wait(boost::asio::posix::stream_descriptor::wait_type what);
  void enter(Phase phase, std::chrono::milliseconds time);
  void move_to(Standing standing);

  Step shake_hands();
  Step receive();
  Step parse();
  Step end_of_input();
  Step serve();
  Step refuse(const Response& response);
  void count_body();
  Step send();
  Step sent();
  Step linger();
  void begin_linger();
  void answer_plain_http();

  ThreadState& thread_;
  boost::asio::posix::stream_descriptor socket_;
  TlsStream tls_;
  RequestReader reader_;
  std::string peer_;
  std::string input_;   // received and not consumed: a part of a head, pipelined requests
  std::string output_;  // being sent
  std::size_t output_sent_ = 0;
  Phase phase_ = Phase::kHandshake;
  Clock::time_point deadline_;
  std::uint64_t wait_number_ = 0;  // a wait that another has replaced does nothing
  int served_in_a_row_ = 0;        // requests since the last wait
  std::size_t large_body_ = 0;     // bytes counted in ThreadState::large_body_bytes
  std::size_t discarded_ = 0;      // bytes, while lingering
  bool has_served_ = false;
  bool interim_ = false;  // what is being sent is 100 Continue
  bool closing_ = false;  // what is being sent is the last response
};

}  // namespace meshtrace::net
