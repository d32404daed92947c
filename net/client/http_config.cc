#include "net/client/http_config.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <pplx/threadpool.h>

#include <boost/asio/ssl/context.hpp>
#include <stdexcept>

#include "kube/reply.h"

namespace meshtrace::net {
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

}  // namespace

Result<void> check_http_url(const std::string& where, const std::string& url) {
  if (!web::uri::validate(url)) {
    const bool may_hold_password = url.find('@') != std::string::npos;
    return fail(where, may_hold_password ? "is no URL" : "is no URL: " + kube::printable(url, 200));
  }
  const web::uri uri(url);
  if (uri.scheme() != "https" && uri.scheme() != "http") return fail(where, "must begin with https:// or http://");
  if (uri.host().empty()) return fail(where, "names no host");
  if (!uri.user_info().empty()) return fail(where, "must not hold a user or a password");
  if (uri.host().front() == '[') {
    return fail(where, "an IPv6 address cannot be connected to; use a host name, in a cluster kubernetes.default.svc");
  }
  return {};
}

web::http::client::http_client_config make_http_config(const HttpConfigOptions& options,
                                                       const std::shared_ptr<TlsSettings>& tls) {
  start_threads_once();
  web::http::client::http_client_config config;
  config.set_timeout(options.timeout + kTimerMargin);
  config.set_max_redirects(0);  // Authorization would follow
  config.set_validate_certificates(options.verify);
  // No address in SNI (RFC 6066, section 3).
  config.set_tlsext_sni_enabled(!options.server_name.empty() || !is_address(web::uri(options.url).host()));
  config.set_ssl_context_callback([tls](boost::asio::ssl::context& context) { tls->apply(context.native_handle()); });
  return config;
}

}  // namespace meshtrace::net
