// The serving certificate over the program's life: absent, loaded, renewed, or renewed badly. It tells the server,
// readiness, metrics and the log.
#pragma once

#include <memory>
#include <string>

#include "net/server/certificate_files.h"
#include "net/server/server.h"
#include "webhook/health.h"
#include "webhook/metrics.h"

namespace meshtrace::webhook {

class Certificate {
 public:
  Certificate(const std::string& certificate_path, const std::string& key_path, Health& health, Metrics& metrics);

  // What to start the server with: the files' pair, or a stand-in that nobody trusts, so that probes get their answer
  // while the Secret is still to come.
  Result<std::shared_ptr<const net::TlsContext>> load();

  // To be called once a second: looks at the files again, and gives the server a new pair.
  void refresh(net::Server& server);

 private:
  void accept(const net::TlsContext& context);
  void refuse(const Error& error);

  net::CertificateFiles files_;
  Health& health_;
  Metrics& metrics_;
  bool loaded_ = false;
};

}  // namespace meshtrace::webhook
