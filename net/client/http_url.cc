#include "net/client/http_url.h"

#include <cpprest/base_uri.h>

#include "kube/reply.h"

namespace meshtrace::net {

Result<void> check_http_url(const std::string& where, const std::string& url) {
  if (!web::uri::validate(url)) {
    const bool may_hold_password = url.find('@') != std::string::npos;
    return fail(where,
                may_hold_password ? "is no URL" : "is no URL: " + kube::printable(url.substr(0, url.find('?')), 200));
  }
  const web::uri uri(url);
  if (uri.scheme() != "https" && uri.scheme() != "http") return fail(where, "must begin with https:// or http://");
  if (uri.host().empty()) return fail(where, "names no host");
  if (!uri.user_info().empty()) return fail(where, "must not hold a user or a password");
  return {};
}

}  // namespace meshtrace::net
