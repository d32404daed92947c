// An HTTP client for addresses that a user names, which may be hostile: replies are bounded in size and time, and
// redirects lead nobody's credentials away. For the Kubernetes API there is ApiClient.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "core/base/result.h"
#include "net/client/tls.h"
#include "net/client/web_request.h"

namespace meshtrace::net {

struct WebClientOptions {
  TlsMaterial tls;  // the client's certificate is shown to the origin of a request's URL alone
  std::string user_agent = "meshtrace";
  // Of a reply. What is longer is cut there, and said to be.
  std::size_t max_body_bytes = 16u << 20;
  enum class Redirects { kReturn, kFollow } redirects = Redirects::kReturn;  // kReturn: as a reply like any other
};

// A connection for each request: nothing is sent twice because an idle one had ended.
class WebClient {
 public:
  // Fails on certificates that cannot be used. Connects to nobody.
  static Result<std::unique_ptr<WebClient>> create(WebClientOptions options);

  // A reply of any status is a reply; an error is that none came, or not in time. Safe to call from several threads.
  Result<WebReply> send(WebRequest request, const std::stop_token& stop) const;

 private:
  explicit WebClient(WebClientOptions options) : options_(std::move(options)) {}

  WebClientOptions options_;
  std::shared_ptr<TlsSettings> identified_;  // with the client's certificate, if there is one
  std::shared_ptr<TlsSettings> anonymous_;
};

}  // namespace meshtrace::net
