// One GET over plain HTTP, bounded in size and time: what istiod's monitoring port speaks. For the Kubernetes API there
// is ApiClient.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "core/base/result.h"

namespace meshtrace::net {

struct HttpGet {
  std::string address;  // IPv4 or IPv6, no name
  std::uint16_t port = 80;
  std::string path;                         // with the query: "/debug/syncz"
  std::string bearer_token = {};            // empty: none. It goes over the wire in clear.
  std::chrono::milliseconds timeout{5000};  // from connecting to the reply's last byte
  std::size_t max_bytes = 32u << 20;        // of the body
};

struct HttpReply {
  int status = 0;
  std::string body;
};

// A reply of any status is a reply; an error is that none came, in time, whole and within the limit. No redirect is
// followed. Errors name address and path, never the token or what was received.
Result<HttpReply> http_get(const HttpGet& get, const std::stop_token& stop);

}  // namespace meshtrace::net
