#include "controller/endpoints.h"

#include <string>
#include <utility>

namespace meshtrace::controller {
namespace {

net::Response text(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

net::Response answer(const net::Request& request, const Health& health, const Metrics& metrics,
                     const std::function<net::ServerStats()>& server_stats) {
  const bool known = request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics";
  if (!known) return text(404, "no such path: there are /healthz, /readyz and /metrics\n");
  if (request.method != "GET" && request.method != "HEAD") {
    net::Response response = text(405, "this path does not have that method\n");
    response.allow = "GET, HEAD";
    return response;
  }
  if (request.path == "/healthz") return text(200, "ok\n");
  const std::string problem = health.not_ready();
  if (request.path == "/readyz") {
    return problem.empty() ? text(200, "ok\n") : text(503, "not ready: " + problem + "\n");
  }
  net::Response response = text(200, metrics.render(server_stats(), problem.empty()));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

}  // namespace

net::Handler endpoints(const Health& health, const Metrics& metrics, std::function<net::ServerStats()> server_stats) {
  return [&health, &metrics, server_stats = std::move(server_stats)](const net::Request& request) {
    return answer(request, health, metrics, server_stats);
  };
}

}  // namespace meshtrace::controller
