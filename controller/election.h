// Takes part in the election of the replica that writes, on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "controller/metrics.h"
#include "controller/options.h"
#include "core/base/result.h"
#include "net/client/api_client.h"
#include "net/client/leader.h"

namespace meshtrace::controller {

// The Lease, as other programs of this kind name theirs.
inline constexpr const char* kLeaseName = "meshtrace-controller";

// In a pod, the pod's name.
std::string host_name();

class Election {
 public:
  // `changed` is called on the election's thread when this replica begins or ends to lead.
  static Result<std::unique_ptr<Election>> start(const Options& options, const kube::ClientConfig& cluster,
                                                 Metrics& metrics, std::function<void()> changed);
  // Gives the lease up; writers must have ended before.
  ~Election() = default;

  // To be asked before each write.
  [[nodiscard]] bool leading() const { return leadership_.leading(); }

 private:
  Election(kube::LeaseOptions lease, std::unique_ptr<net::ApiClient> client);
  void run(const std::stop_token& stop, Metrics& metrics, const std::function<void()>& changed);

  const std::string identity_;
  std::unique_ptr<net::ApiClient> client_;
  kube::LeaderElector elector_;
  net::Leadership leadership_;
  std::jthread thread_;  // ends before what it uses
};

}  // namespace meshtrace::controller
