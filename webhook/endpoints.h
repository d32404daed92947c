// The webhook's URLs: which there are, which methods they have, and what answers them. Everything around a decision is
// here: the HTTP status, metrics and logs.
#pragma once

#include <functional>
#include <string>

#include "net/server/http.h"
#include "net/server/server.h"
#include "webhook/health.h"
#include "webhook/metrics.h"
#include "webhook/policies/policy_store.h"

namespace meshtrace::webhook {

class Endpoints {
 public:
  // `server_stats` gives what /metrics shows of the server.
  Endpoints(const PolicyStore& policies, const Health& health, Metrics& metrics, std::string root_namespace,
            std::function<net::ServerStats()> server_stats);

  // Called on several threads at once.
  net::Response handle(const net::Request& request) const;

 private:
  struct Route {
    std::string_view path;
    Endpoint endpoint;
    enum class Kind { kRead, kAdmission } kind;  // GET and HEAD, or POST of JSON
    net::Response (Endpoints::*answer)(const net::Request&) const;
  };
  static const Route kRoutes[];

  net::Response mutate(const net::Request& request) const;
  net::Response validate(const net::Request& request) const;
  net::Response healthz(const net::Request& request) const;
  net::Response readyz(const net::Request& request) const;
  net::Response metrics(const net::Request& request) const;

  net::Response refuse(Endpoint endpoint, int status, const std::string& why) const;
  net::Response refuse_review(Endpoint endpoint, const net::Request& request, const Error& error) const;

  const PolicyStore& policies_;
  const Health& health_;
  Metrics& metrics_;
  const std::string root_namespace_;
  const std::function<net::ServerStats()> server_stats_;
};

}  // namespace meshtrace::webhook
