#include "net/server/worker.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "net/server/response_writer.h"

namespace meshtrace::net {
namespace {

// How late a time limit may be noticed. A look at all connections costs some microseconds; a timer for each would cost
// three operations on a heap for every request.
constexpr std::chrono::milliseconds kTick{250};

constexpr int kRoom = 4;  // connections given up at once for want of descriptors

}  // namespace

Worker::Worker(const ServerOptions& options, const Handler& handler, std::shared_ptr<const TlsContext> tls,
               std::size_t max_connections)
    : thread_(options, handler, std::move(tls)), max_connections_(max_connections), timer_(thread_.io) {}

Worker::~Worker() {
  stop();
  for (const auto& connection : thread_.table.select([](const Connection&) { return true; })) connection->close();
}

void Worker::start() {
  tick();
  runner_ = std::thread([this] { thread_.io.run(); });
}

void Worker::stop() {
  thread_.io.stop();
  if (runner_.joinable()) runner_.join();
}

void Worker::adopt(int descriptor, std::string peer) {
  boost::asio::post(thread_.io,
                    [this, descriptor, peer = std::move(peer)]() mutable { admit(descriptor, std::move(peer)); });
}

void Worker::admit(int descriptor, std::string peer) {
  Counters::count(thread_.counters.accepted);
  if (thread_.table.size() >= max_connections_) evict();
  auto connection = std::make_shared<Connection>(thread_, descriptor, std::move(peer));
  connection->place = thread_.table.add(connection);
  connection->start();
}

void Worker::evict() {
  if (const auto victim = thread_.table.victim()) {
    Counters::count(thread_.counters.evicted);
    victim->close();
  }
}

void Worker::make_room() {
  boost::asio::post(thread_.io, [this] {
    for (int i = 0; i < kRoom; ++i) evict();
  });
}

void Worker::set_tls(std::shared_ptr<const TlsContext> tls) {
  boost::asio::post(thread_.io, [this, tls = std::move(tls)]() mutable { thread_.tls = std::move(tls); });
}

void Worker::announce_end() {
  boost::asio::post(thread_.io, [this] { thread_.ending = true; });
}

void Worker::wind_down() {
  boost::asio::post(thread_.io, [this] {
    thread_.ending = true;
    for (const auto& connection : thread_.table.select([](const Connection&) { return true; })) {
      connection->wind_down();
    }
  });
}

void Worker::tick() {
  thread_.date = http_date();
  const Clock::time_point now = Clock::now();
  for (const auto& connection : thread_.table.select([now](const Connection& c) { return c.is_overdue(now); })) {
    connection->expire();
  }
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

}  // namespace meshtrace::net
