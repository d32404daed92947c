#include "webhook/certificate.h"

#include <ctime>

#include "net/process/log.h"

namespace meshtrace::webhook {

Certificate::Certificate(const std::string& certificate_path, const std::string& key_path, Health& health,
                         Metrics& metrics)
    : files_(certificate_path, key_path), health_(health), metrics_(metrics) {}

Result<std::shared_ptr<const net::TlsContext>> Certificate::load() {
  if (const auto found = files_.poll()) {
    if (*found) {
      accept(***found);
      return **found;
    }
    refuse(found->error());
  }
  return net::TlsContext::create_self_signed();
}

void Certificate::refresh(net::Server& server) {
  const auto found = files_.poll();
  if (!found) return;
  if (!*found) return refuse(found->error());
  server.set_tls(**found);
  accept(***found);
}

void Certificate::accept(const net::TlsContext& context) {
  loaded_ = true;
  health_.set_certificate_problem("");
  metrics_.set_certificate_expiry(context.not_after());
  log::info("certificate loaded", {{"notAfter", context.not_after()}});
  // It is served all the same: whoever checks it will say so, and a clock may be wrong.
  if (context.not_after() <= std::time(nullptr)) log::error("the certificate has expired", {});
}

void Certificate::refuse(const Error& error) {
  metrics_.count_certificate_failure();
  if (loaded_) {
    log::error("the new certificate cannot be used, the old one stays in service", {{"error", error.message()}});
    return;
  }
  health_.set_certificate_problem(error.message());
  log::error("no certificate to serve with, not ready until there is one", {{"error", error.message()}});
}

}  // namespace meshtrace::webhook
