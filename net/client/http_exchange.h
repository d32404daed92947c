// Sends one request through cpprest and gives out what comes back as an Exchange.
#pragma once

#include <cpprest/http_client.h>

#include <functional>
#include <memory>

#include "net/client/tls.h"
#include "net/client/watch_stream.h"

namespace meshtrace::net {

// Called on a thread of cpprest's before the reply's head can be waited for: for headers that kube::Reply does not
// have. Must not throw.
using HeadObserver = std::function<void(const web::http::http_headers& headers)>;

std::unique_ptr<Exchange> start_exchange(web::http::client::http_client client, web::http::http_request request,
                                         std::shared_ptr<TlsSettings> tls, HeadObserver on_head = {});

}  // namespace meshtrace::net
