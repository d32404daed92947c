// Sends one request through cpprest and gives out what comes back as an Exchange.
#pragma once

#include <cpprest/http_client.h>

#include <memory>

#include "net/client/tls.h"
#include "net/client/watch_stream.h"

namespace meshtrace::net {

std::unique_ptr<Exchange> start_exchange(web::http::client::http_client client, web::http::http_request request,
                                         std::shared_ptr<TlsSettings> tls);

}  // namespace meshtrace::net
