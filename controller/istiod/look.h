// Asks the istiods of a mesh how they and their proxies are: GET /metrics and /debug/syncz on the monitoring port of
// each pod. Bounded in pods, time and bytes. Thin: what the answers mean is health.h's, metrics_text.h's and syncz.h's.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/istiod/health.h"
#include "controller/istiod/pods.h"
#include "core/base/result.h"
#include "net/client/http_get.h"

namespace meshtrace::controller {

struct LookOptions {
  std::vector<IstiodPod> istiods;
  // A ServiceAccount token that istiod takes (audience istio-ca), read at each look, for debug endpoints that ask who
  // we are; istiod answers a namespace other than its own only if DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES names it. It
  // goes to the pod in clear, so it is sent only after an answer of 401. Empty: none.
  std::string token_file;
  std::string own_namespace;                   // for the message that says what to set
  std::chrono::milliseconds timeout{5000};     // of each request
  std::chrono::milliseconds patience{20'000};  // of all together; istiods that were not asked by then are noted
  std::size_t max_bytes = 32u << 20;           // of each reply; a proxy takes some 2 KB of /debug/syncz
};

// How a request is sent; tests answer it themselves.
using HttpGetter = std::function<Result<net::HttpReply>(const net::HttpGet&)>;

// An error when no istiod answered at all; what is short of that stands in MeshHealth::notes.
Result<MeshHealth> look(const LookOptions& options, const std::stop_token& stop);
Result<MeshHealth> look(const LookOptions& options, const HttpGetter& get);

}  // namespace meshtrace::controller
