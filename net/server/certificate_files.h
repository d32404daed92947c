// A certificate and its key in two files, and whether they have changed: for Secrets that are mounted, renewed and
// mounted again. The caller polls; a pair is taken only if both files are good and belong together.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "net/server/tls_context.h"

namespace meshtrace::net {

class CertificateFiles {
 public:
  // Reads nothing yet.
  CertificateFiles(std::string certificate_path, std::string key_path);

  // Reads both files once, from one and the same mounted version of their folder. Nothing if they hold what the last
  // call saw (or still cannot be read for the same reason); otherwise the new context, or what is wrong with them.
  std::optional<Result<std::shared_ptr<const TlsContext>>> poll();

 private:
  struct Pair {
    PemFile certificate;
    PemFile key;
  };
  [[nodiscard]] Result<Pair> read() const;

  std::string certificate_path_;
  std::string key_path_;
  std::string last_seen_;  // both texts, or the error of reading them
};

}  // namespace meshtrace::net
