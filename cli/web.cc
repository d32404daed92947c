#include "cli/web.h"

#include <memory>
#include <stop_token>
#include <utility>

namespace meshtrace::cli {

Result<SendWebRequest> connect_to_web(const net::WebClientOptions& options) {
  auto client = net::WebClient::create(options);
  if (!client) return tl::make_unexpected(std::move(client.error()));
  return [shared = std::shared_ptr<net::WebClient>(*std::move(client))](const net::WebRequest& request) {
    return shared->send(request, std::stop_token());
  };
}

}  // namespace meshtrace::cli
