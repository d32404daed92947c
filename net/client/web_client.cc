#include "net/client/web_client.h"

#include <cpprest/http_client.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "kube/reply.h"
#include "net/client/http_config.h"
#include "net/client/http_exchange.h"
#include "net/client/redirect.h"

namespace meshtrace::net {
namespace {

using web::http::client::http_client;

web::http::http_request http_request_of(const WebRequest& request, const std::string& user_agent) {
  web::http::http_request http(request.method);
  web::uri_builder target{web::uri(request.url)};
  target.set_fragment("");
  http.set_request_uri(web::uri(target.to_uri().resource()));
  for (const auto* headers : {&request.headers, &request.private_headers}) {
    for (const auto& [name, value] : *headers) http.headers().add(name, value);
  }
  if (!http.headers().has("User-Agent")) http.headers().add("User-Agent", user_agent);
  if (!request.body.empty()) {
    const std::string type = header_of(request.private_headers, "Content-Type");
    http.set_body(request.body, type.empty() ? "application/x-www-form-urlencoded" : type);
  }
  // The Host header is what cpprest sends as SNI and checks the certificate against.
  if (!request.host.empty()) http.headers()["Host"] = request.host;
  return http;
}

// Reads on to the limit and then hangs up.
Result<void> read_body(Exchange& exchange, std::size_t max_bytes, const std::stop_token& stop,
                       Exchange::Deadline deadline, WebReply& reply) {
  std::string piece;
  while (true) {
    const Exchange::Wait wait = exchange.take(piece, stop, deadline);
    if (wait == Exchange::Wait::kEnded) return {};
    if (wait != Exchange::Wait::kReady) return tl::make_unexpected(exchange.failure(wait));
    const std::size_t room = max_bytes - reply.body.size();
    reply.body.append(piece, 0, room);
    if (piece.size() <= room) continue;
    reply.body_is_whole = false;
    return {};
  }
}

}  // namespace

std::string header_of(const WebHeaders& headers, const char* name) {
  const auto same = [name](const auto& header) { return utility::details::str_iequal(header.first, name); };
  const auto found = std::find_if(headers.begin(), headers.end(), same);
  return found == headers.end() ? std::string() : found->second;
}

Result<std::unique_ptr<WebClient>> WebClient::create(WebClientOptions options) {
  auto identified = TlsSettings::create(options.tls);
  if (!identified) return tl::make_unexpected(std::move(identified.error()));
  auto anonymous = TlsSettings::create({options.tls.authority_pem, {}, {}, options.tls.verify});
  if (!anonymous) return tl::make_unexpected(std::move(anonymous.error()));
  std::unique_ptr<WebClient> client(new WebClient(std::move(options)));
  client->identified_ = *std::move(identified);
  client->anonymous_ = *std::move(anonymous);
  return client;
}

Result<WebReply> WebClient::send_once(const WebRequest& request, const std::shared_ptr<TlsSettings>& tls,
                                      const std::stop_token& stop) const {
  const auto deadline = std::chrono::steady_clock::now() + request.timeout;
  const auto whole_seconds = std::chrono::ceil<std::chrono::seconds>(request.timeout);
  try {
    http_client client(web::uri(request.url).authority(),
                       make_http_config({request.url, request.host, options_.tls.verify, whole_seconds}, tls));
    const auto headers = std::make_shared<WebHeaders>();
    const auto exchange =
        start_exchange(client, http_request_of(request, options_.user_agent), tls, [headers](const auto& head) {
          for (const auto& [name, value] : head) headers->emplace_back(name, value);
        });
    kube::Reply head;
    if (const auto wait = exchange->wait_answer(head, stop, deadline); wait != Exchange::Wait::kReady) {
      return tl::make_unexpected(exchange->failure(wait));
    }
    WebReply reply;
    reply.status = head.status;
    reply.headers = std::move(*headers);
    auto read = read_body(*exchange, options_.max_body_bytes, stop, deadline, reply);
    if (!read) return tl::make_unexpected(std::move(read.error()));
    return reply;
  } catch (const std::exception& exception) {  // cpprest's, of what it finds wrong before it sends
    return fail({}, kube::printable(exception.what(), 300));
  }
}

Result<WebReply> WebClient::send(WebRequest request, const std::stop_token& stop) const {
  std::vector<std::string> redirects;
  bool left_origin = false;
  while (true) {
    if (const auto usable = check_http_url("URL", request.url); !usable) return tl::make_unexpected(usable.error());
    auto reply = send_once(request, left_origin ? anonymous_ : identified_, stop);
    if (!reply) return reply;
    reply->redirects = redirects;
    reply->left_origin = left_origin;
    const bool follow = options_.redirects == WebClientOptions::Redirects::kFollow && is_redirect(reply->status);
    if (!follow) return reply;
    if (redirects.size() == kMaxRedirects) return fail("redirect", fmt::format("more than {} of them", kMaxRedirects));
    auto next = redirected(request, reply->status, header_of(reply->headers, "Location"));
    if (!next) return tl::make_unexpected(std::move(next.error()));
    left_origin = left_origin || !next->same_origin;
    request = std::move(next->request);
    redirects.push_back(request.url);
  }
}

}  // namespace meshtrace::net
