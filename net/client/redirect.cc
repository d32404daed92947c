#include "net/client/redirect.h"

#include <cpprest/base_uri.h>
#include <cpprest/uri_builder.h>
#include <fmt/format.h>

#include <exception>
#include <utility>

#include "kube/reply.h"
#include "net/client/http_url.h"

namespace meshtrace::net {
namespace {

// Servers take URLs of some 8 KiB.
constexpr std::size_t kMaxLocationBytes = 8u << 10;

int port_of(const web::uri& uri) {
  if (uri.port() > 0) return uri.port();
  return uri.scheme() == "https" ? 443 : 80;
}

bool is_same_origin(const web::uri& one, const web::uri& other) {
  return one.scheme() == other.scheme() && one.host() == other.host() && port_of(one) == port_of(other);
}

std::string origin_text(const web::uri& uri) {
  return kube::printable(fmt::format("{}://{}:{}", uri.scheme(), uri.host(), port_of(uri)), 300);
}

// The address that Location means, which may be relative; without the fragment, which is the client's own.
Result<web::uri> resolve(const std::string& url, const std::string& location) {
  if (location.empty()) return fail("redirect", "without a Location");
  if (location.size() > kMaxLocationBytes) return fail("redirect", "its Location is too long");
  try {
    web::uri_builder target(web::uri(web::uri(url).resolve_uri(location)));
    target.set_fragment("");
    return target.to_uri();
  } catch (const std::exception&) {
    return fail("redirect", "its Location is no URL");
  }
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Redirected> redirected(const WebRequest& request, int status, const std::string& location) {
  const auto target = resolve(request.url, location);
  if (!target) return tl::make_unexpected(target.error());
  const std::string url = target->to_string();
  if (const auto usable = check_http_url("redirect", url); !usable) return tl::make_unexpected(usable.error());
  const web::uri from(request.url);
  if (from.scheme() == "https" && target->scheme() == "http") {
    return fail("redirect", fmt::format("from https to {}, in clear, is not followed", origin_text(*target)));
  }
  Redirected next{request, is_same_origin(from, *target)};
  next.request.url = url;
  // As browsers do; 307 and 308 are there for who means otherwise.
  const bool keeps_method = status == 307 || status == 308;
  if (!keeps_method && request.method != "HEAD") next.request.method = "GET";
  if (!keeps_method) next.request.body.clear();
  if (next.same_origin) return next;
  if (!next.request.body.empty()) {
    return fail("redirect", fmt::format("the body was not meant for {}; it is not sent there", origin_text(*target)));
  }
  next.request.private_headers.clear();
  next.request.host.clear();
  return next;
}

}  // namespace meshtrace::net
