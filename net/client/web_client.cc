#include "net/client/web_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/letter_case.h"
#include "net/client/http_url.h"
#include "net/client/redirect.h"
#include "net/client/web_exchange.h"

namespace meshtrace::net {

std::string header_of(const WebHeaders& headers, std::string_view name) {
  const auto same = [name](const auto& header) { return equal_without_case(header.first, name); };
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

Result<WebReply> WebClient::send(WebRequest request, const std::stop_token& stop) const {
  std::vector<std::string> redirects;
  bool left_origin = false;
  while (true) {
    if (const auto usable = check_http_url("URL", request.url); !usable) return tl::make_unexpected(usable.error());
    TlsSettings& tls = left_origin ? *anonymous_ : *identified_;
    auto reply = exchange(request, {tls, options_.tls.verify, options_.user_agent, options_.max_body_bytes}, stop);
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
    redirects.push_back(request.url.substr(0, request.url.find('?')));
  }
}

}  // namespace meshtrace::net
