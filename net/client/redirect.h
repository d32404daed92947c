// Where a redirect sends a request, and what of it may go there: credentials and whatever else a user gave stay with
// the origin that they were given for. Sends nothing. Source: RFC 9110, sections 15.4 and 4.2 (scheme, host and port
// make an origin).
#pragma once

#include <string>

#include "core/base/result.h"
#include "net/client/web_request.h"

namespace meshtrace::net {

// As many as a login page and a switch to https need; more is a circle.
inline constexpr int kMaxRedirects = 5;

// 301, 302, 303, 307 and 308.
bool is_redirect(int status);

struct Redirected {
  WebRequest request;
  bool same_origin;
};

// Refused: no or no usable Location, from https to http, and a body that would have to go to another origin (307, 308).
// The error names no more of the URL than its scheme and host: the rest may hold a token.
Result<Redirected> redirected(const WebRequest& request, int status, const std::string& location);

}  // namespace meshtrace::net
