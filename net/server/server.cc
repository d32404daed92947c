#include "net/server/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "net/server/listener.h"
#include "net/server/worker.h"

namespace meshtrace::net {
namespace {

// Descriptors for everything but connections: files, logs, epoll, the API server, connections being handed over.
constexpr std::size_t kReservedDescriptors = 192;

// Raises the soft limit to the hard one and returns how many connections it has room for.
std::size_t descriptors_for_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return limit.rlim_cur > kReservedDescriptors ? limit.rlim_cur - kReservedDescriptors : 1;
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions o, std::shared_ptr<const TlsContext> tls, int descriptor)
      : options(std::move(o)), address(local_address(descriptor)) {
    const std::size_t count = static_cast<std::size_t>(options.threads);
    const std::size_t share = std::max<std::size_t>(1, options.max_connections / count);
    for (std::size_t i = 0; i < count; ++i) {
      workers.push_back(std::make_unique<Worker>(options, handler, tls, share));
    }
    listener = std::make_unique<Listener>(descriptor, workers);
  }
  ~Impl() {
    // All threads end before the listener, which runs on one of them, is destroyed, and that before its io_context.
    for (const auto& worker : workers) worker->stop();
    listener.reset();
  }

  const ServerOptions options;
  Handler handler;
  const std::string address;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<Listener> listener;
};

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, std::shared_ptr<const TlsContext> tls) {
  // OpenSSL writes to sockets with write(2), which raises it when the peer has gone.
  std::signal(SIGPIPE, SIG_IGN);
  options.threads = std::max(1, options.threads);
  options.max_connections = std::min(options.max_connections, descriptors_for_connections());
  const Result<int> descriptor = listen_on(options);
  if (!descriptor) return tl::make_unexpected(descriptor.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(tls), *descriptor);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::serve(Handler handler) {
  impl_->handler = std::move(handler);
  impl_->listener->start();
  for (const auto& worker : impl_->workers) worker->start();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

const std::string& Server::address() const { return impl_->address; }
std::size_t Server::max_connections() const { return impl_->options.max_connections; }

void Server::set_tls(std::shared_ptr<const TlsContext> tls) {
  for (const auto& worker : impl_->workers) worker->set_tls(tls);
}

void Server::announce_end() {
  for (const auto& worker : impl_->workers) worker->announce_end();
}

void Server::stop_accepting() {
  impl_->listener->stop();
  for (const auto& worker : impl_->workers) worker->wind_down();
}

bool Server::drained() const {
  return impl_->listener->stopped() &&
         std::all_of(impl_->workers.begin(), impl_->workers.end(),
                     [](const auto& worker) { return worker->counters().open.load(std::memory_order_acquire) == 0; });
}

ServerStats Server::stats() const {
  ServerStats sum;
  for (const auto& worker : impl_->workers) {
    const Counters& counters = worker->counters();
    sum.open += counters.open.load(std::memory_order_relaxed);
    sum.accepted += counters.accepted.load(std::memory_order_relaxed);
    sum.evicted += counters.evicted.load(std::memory_order_relaxed);
    sum.handshake_failures += counters.handshake_failures.load(std::memory_order_relaxed);
    sum.timeouts += counters.timeouts.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < sum.refused.size(); ++i) {
      sum.refused[i] += counters.refused[i].load(std::memory_order_relaxed);
    }
  }
  sum.accept_failures = impl_->listener->failures();
  return sum;
}

}  // namespace meshtrace::net
