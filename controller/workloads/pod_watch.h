// Follows pods and namespaces, their metadata alone, and counts the pods for the policies.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "controller/workloads/counting.h"
#include "controller/workloads/pod_store.h"
#include "kube/reflector.h"
#include "net/client/api_client.h"

namespace meshtrace::workloads {

struct Observed {
  Figures figures;
  std::set<std::string> ambient_namespaces;  // label istio.io/dataplane-mode: ambient
  friend bool operator==(const Observed&, const Observed&) = default;
};

class PodWatch {
 public:
  // Begins at once; ends with its destruction.
  explicit PodWatch(net::ApiClient& client);

  // Under these policies, at this moment. The same pointer as before where nothing is other than before; null until
  // both collections have been read.
  std::shared_ptr<const Observed> observe(const std::shared_ptr<const policy::Index>& index);

  // Why the pods are not known yet; empty once they are.
  [[nodiscard]] std::string not_synced() const;

 private:
  void follow_pods(const std::stop_token& stop, net::ApiClient& client);
  void follow_namespaces(const std::stop_token& stop, net::ApiClient& client);
  void take_namespaces(const kube::Change& change);

  mutable std::mutex mutex_;  // of everything below but the threads
  PodStore pods_;
  std::set<std::string> opted_out_;
  std::set<std::string> ambient_;
  bool pods_listed_ = false;
  bool namespaces_listed_ = false;
  Counter counter_;
  std::shared_ptr<const Observed> last_;
  std::vector<std::jthread> threads_;  // the last: they use all of the above
};

}  // namespace meshtrace::workloads
