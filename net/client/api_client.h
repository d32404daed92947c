// The Kubernetes API over cpprest's http_client: sends kube::Request, gives back kube::Reply or a watch's lines.
// Decides nothing: what to ask and when to ask again is kube/'s. Every failure to get a reply is retryable, cpprest's
// codes do not tell one kind from another; a POST may have been sent twice, so make creates idempotent.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "core/base/result.h"
#include "kube/client_config.h"
#include "kube/reply.h"
#include "kube/request.h"
#include "net/client/credentials.h"
#include "net/client/watch_stream.h"

namespace meshtrace::net {

struct ApiClientOptions {
  kube::ClientConfig cluster;
  std::string user_agent = "meshtrace";
  std::chrono::seconds request_timeout{30};      // a whole request, from connecting to the reply's last byte
  std::chrono::seconds watch_idle_timeout{150};  // of a watch; the API server sends a bookmark about every minute
  std::size_t max_reply_bytes = 64u << 20;       // a page of 500 objects of 100 KiB
  // Tokens, certificates and keys are read again when they are older: the kubelet rotates tokens long before they end.
  std::chrono::seconds credentials_max_age{30};
};

class ApiClient {
 public:
  // Reads the credentials once, so that what is wrong with them is said at the start. Connects to nobody.
  static Result<std::unique_ptr<ApiClient>> create(ApiClientOptions options);
  ~ApiClient();

  // Safe to call from several threads. A reply of any status is a reply; an error is that none came, in time, whole
  // and within the limit. Returns soon after `stop` is requested. A 401 is tried once more if new credentials are
  // there.
  Result<kube::Reply> send(const kube::Request& request, std::stop_token stop);

  // As send(), for a watch: the stream's reply() says whether lines will follow.
  Result<std::unique_ptr<WatchStream>> watch(const kube::Request& request, std::stop_token stop);

 private:
  struct Session;
  using SessionPointer = std::shared_ptr<const Session>;
  enum class Purpose { kCall, kWatch };

  explicit ApiClient(ApiClientOptions options);
  Result<SessionPointer> open_session(const SessionPointer& before);
  Result<SessionPointer> session();
  void distrust(const SessionPointer& session);
  std::unique_ptr<Exchange> start(const SessionPointer& session, const kube::Request& request, Purpose purpose);
  Result<kube::Reply> send_once(const SessionPointer& session, const kube::Request& request,
                                const std::stop_token& stop);

  const ApiClientOptions options_;
  std::mutex mutex_;  // of everything below
  CredentialSource source_;
  CredentialSource::Last refused_ = CredentialSource::Last::kNotRefused;
  SessionPointer session_;
  std::chrono::steady_clock::time_point read_at_;
};

}  // namespace meshtrace::net
