// The controller's URLs: /healthz, /readyz and /metrics.
#pragma once

#include <functional>

#include "controller/health.h"
#include "controller/metrics.h"
#include "net/server/http.h"
#include "net/server/server.h"

namespace meshtrace::controller {

// What the server calls, on several threads at once. `server_stats` gives what /metrics shows of the server.
net::Handler endpoints(const Health& health, const Metrics& metrics, std::function<net::ServerStats()> server_stats);

}  // namespace meshtrace::controller
