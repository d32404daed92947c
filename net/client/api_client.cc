#include "net/client/api_client.h"

#include <arpa/inet.h>
#include <cpprest/http_client.h>
#include <fmt/format.h>
#include <pplx/threadpool.h>
#include <spdlog/spdlog.h>

#include <boost/asio/ssl/context.hpp>
#include <stdexcept>
#include <utility>

#include "net/client/credentials.h"
#include "net/client/http_exchange.h"
#include "net/client/http_url.h"

namespace meshtrace::net {

using web::http::client::http_client;
using web::http::client::http_client_config;

// What requests are sent with, until the credentials change. Immutable, so that requests under way keep theirs.
struct ApiClient::Session {
  Credentials credentials;
  std::shared_ptr<TlsSettings> tls;
  http_client calls;
  http_client watches;  // of its own, for its longer time-out
};

namespace {

// Threads for all connections together; cpprest's default of 40 only costs memory, nothing here blocks one.
constexpr std::size_t kThreads = 2;

// cpprest's timer runs for each step of I/O. Ours, for the whole, are the ones that matter: this one only has to end
// what nobody waits for any more.
constexpr std::chrono::seconds kTimerMargin{10};

void start_threads_once() {
  static const bool started = [] {
    // Before the threads, so that at exit they and their connections go before what OpenSSL cleans up.
    OPENSSL_init_ssl(0, nullptr);
    try {
      crossplat::threadpool::initialize_with_threads(kThreads);
    } catch (const std::exception&) {
      return false;  // another user of cpprest in this process was first; its threads do as well
    }
    return true;
  }();
  static_cast<void>(started);
}

bool is_address(const std::string& host) {
  in_addr v4{};
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

Result<void> check_server(const std::string& server) {
  if (auto checked = check_http_url("server", server); !checked) return checked;
  if (web::uri(server).host().front() == '[') {
    return fail("server",
                "an IPv6 address cannot be connected to; use a host name, in a cluster kubernetes.default.svc");
  }
  return {};
}

http_client_config client_config(const kube::ClientConfig& cluster, const std::shared_ptr<TlsSettings>& tls,
                                 std::chrono::seconds timeout) {
  http_client_config config;
  config.set_timeout(timeout + kTimerMargin);
  config.set_max_redirects(0);  // Authorization would follow
  config.set_validate_certificates(!cluster.insecure_skip_tls_verify);
  // No address in SNI (RFC 6066, section 3).
  config.set_tlsext_sni_enabled(!cluster.tls_server_name.empty() || !is_address(web::uri(cluster.server).host()));
  config.set_ssl_context_callback([tls](boost::asio::ssl::context& context) { tls->apply(context.native_handle()); });
  return config;
}

}  // namespace

ApiClient::ApiClient(ApiClientOptions options) : options_(std::move(options)), source_(options_.cluster) {}
ApiClient::~ApiClient() = default;

Result<std::unique_ptr<ApiClient>> ApiClient::create(ApiClientOptions options) {
  if (const auto checked = check_server(options.cluster.server); !checked) {
    return tl::make_unexpected(checked.error());
  }
  start_threads_once();
  std::unique_ptr<ApiClient> client(new ApiClient(std::move(options)));
  if (const auto session = client->session(); !session) return tl::make_unexpected(session.error());
  return client;
}

Result<ApiClient::SessionPointer> ApiClient::open_session(const SessionPointer& before) {
  auto credentials = source_.read(std::exchange(refused_, CredentialSource::Last::kNotRefused));
  if (!credentials) return tl::make_unexpected(credentials.error());
  if (before && before->credentials == *credentials) return before;
  if (before && before->credentials.tls == credentials->tls) {  // a new token: the connections stay
    return std::make_shared<const Session>(
        Session{std::move(*credentials), before->tls, before->calls, before->watches});
  }
  const auto tls = TlsSettings::create(credentials->tls);
  if (!tls) return tl::make_unexpected(tls.error());
  const auto& cluster = options_.cluster;
  return std::make_shared<const Session>(
      Session{std::move(*credentials), *tls,
              http_client(cluster.server, client_config(cluster, *tls, options_.request_timeout)),
              http_client(cluster.server, client_config(cluster, *tls, options_.watch_idle_timeout))});
}

Result<ApiClient::SessionPointer> ApiClient::session() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (session_ && now - read_at_ < options_.credentials_max_age) return session_;
  auto fresh = open_session(session_);
  if (!fresh && !session_) return fresh;
  read_at_ = now;
  if (!fresh) {
    // The old ones may well hold still; if they do not, the API server will say so.
    spdlog::warn("credentials for the API server cannot be read again, the old ones stay: {}", fresh.error().message());
  } else {
    session_ = std::move(*fresh);
  }
  return session_;
}

void ApiClient::distrust(const SessionPointer& session) {
  const std::lock_guard lock(mutex_);
  if (session_ != session) return;
  read_at_ = {};
  refused_ = CredentialSource::Last::kRefused;
}

std::unique_ptr<Exchange> ApiClient::start(const SessionPointer& session, const kube::Request& request,
                                           Purpose purpose) {
  web::http::http_request http(request.method);
  http.set_request_uri(web::uri(request.target()));
  http.headers().add("Accept", request.accept);
  http.headers().add("User-Agent", options_.user_agent);
  if (!request.body.empty()) http.set_body(request.body, request.content_type);
  if (!session->credentials.authorization.empty()) {
    http.headers().add("Authorization", session->credentials.authorization);
  }
  for (const auto& [name, value] : options_.cluster.impersonation) http.headers().add(name, value);
  // The Host header is what cpprest sends as SNI and checks the certificate against: a name, without a port.
  if (!options_.cluster.tls_server_name.empty()) http.headers().add("Host", options_.cluster.tls_server_name);
  const http_client& client = purpose == Purpose::kWatch ? session->watches : session->calls;
  return start_exchange(client, std::move(http), session->tls);
}

Result<kube::Reply> ApiClient::send_once(const SessionPointer& session, const kube::Request& request,
                                         const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + options_.request_timeout;
  const auto exchange = start(session, request, Purpose::kCall);
  auto reply = read_reply(*exchange, options_.max_reply_bytes, stop, deadline);
  if (!reply) return fail(options_.cluster.server, reply.error().what);
  if (reply->status == kube::kUnauthorized) distrust(session);
  return reply;
}

Result<kube::Reply> ApiClient::send(const kube::Request& request, std::stop_token stop) {
  const auto first = session();
  if (!first) return tl::make_unexpected(first.error());
  auto reply = send_once(*first, request, stop);
  if (!reply || reply->status != kube::kUnauthorized) return reply;
  const auto second = session();
  if (!second || *second == *first) return reply;
  return send_once(*second, request, stop);
}

Result<std::unique_ptr<WatchStream>> ApiClient::watch(const kube::Request& request, std::stop_token stop) {
  const auto current = session();
  if (!current) return tl::make_unexpected(current.error());
  const auto deadline = std::chrono::steady_clock::now() + options_.request_timeout;
  auto exchange = start(*current, request, Purpose::kWatch);
  kube::Reply head;
  const Exchange::Wait wait = exchange->wait_answer(head, stop, deadline);
  if (wait != Exchange::Wait::kReady) return fail(options_.cluster.server, exchange->failure(wait).what);
  if (!head.ok()) {
    auto refusal = read_reply(*exchange, options_.max_reply_bytes, stop, deadline);
    if (!refusal) return fail(options_.cluster.server, refusal.error().what);
    head = std::move(*refusal);
    if (head.status == kube::kUnauthorized) distrust(*current);
  }
  return std::make_unique<WatchStream>(std::move(exchange), std::move(head), options_.watch_idle_timeout);
}

}  // namespace meshtrace::net
