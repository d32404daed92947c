// How every http_client of ours is set up: its threads, what it trusts, what it must not do by itself; and which URLs
// it can be given.
#pragma once

#include <cpprest/http_client.h>

#include <chrono>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "net/client/tls.h"

namespace meshtrace::net {

// http or https, with a host that cpprest can connect to, and without a user or password, which would end up in logs.
// `where` begins the error's place.
Result<void> check_http_url(const std::string& where, const std::string& url);

struct HttpConfigOptions {
  std::string url;
  std::string server_name;  // for SNI and the certificate, instead of the URL's host; empty: that
  bool verify = true;
  std::chrono::seconds timeout{30};  // what the caller waits for the whole; cpprest's own timer runs a little longer
};

// Redirects are never followed and the content is never unpacked. Starts cpprest's threads with the first call.
web::http::client::http_client_config make_http_config(const HttpConfigOptions& options,
                                                       const std::shared_ptr<TlsSettings>& tls);

}  // namespace meshtrace::net
