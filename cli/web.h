// A command's way to web servers other than the API server. The sockets are main's (web.cc); tests give replies of
// their own.
#pragma once

#include <functional>

#include "core/base/result.h"
#include "net/client/web_client.h"
#include "net/client/web_request.h"

namespace meshtrace::cli {

using SendWebRequest = std::function<Result<net::WebReply>(const net::WebRequest&)>;

// Fails on certificates that cannot be used. Connects to nobody yet.
Result<SendWebRequest> connect_to_web(const net::WebClientOptions& options);

}  // namespace meshtrace::cli
