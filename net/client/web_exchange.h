// One request to one web server and its reply, over Boost.Beast: cpprest's client reads a reply's headers without any
// limit (a server that sent nothing else took 500 MB of memory in five seconds). Follows no redirect.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>

#include "core/base/result.h"
#include "net/client/tls.h"
#include "net/client/web_request.h"

namespace meshtrace::net {

// Of a reply; Envoy's limit for its own is 60 KiB.
inline constexpr std::size_t kMaxReplyHeadBytes = 256u << 10;

struct WebExchangeOptions {
  TlsSettings& tls;
  bool verify;
  const std::string& user_agent;
  std::size_t max_body_bytes;  // what is longer is cut there
};

// The URL has been checked. An error names the URL's host at most.
Result<WebReply> exchange(const WebRequest& request, const WebExchangeOptions& options, const std::stop_token& stop);

}  // namespace meshtrace::net
