// Which istiods a mesh has: from the pods with their label in the root namespace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/mesh/version.h"
#include "kube/request.h"

namespace meshtrace::controller {

inline constexpr const char* kIstiodSelector = "app=istiod";
// A mesh has a few, one or more for each revision. What is beyond is not asked.
inline constexpr std::size_t kMaxIstiods = 20;
inline constexpr std::uint16_t kDefaultMonitoringPort = 15014;

struct IstiodPod {
  std::string name;
  std::string address;                          // podIP
  std::uint16_t port = kDefaultMonitoringPort;  // annotation prometheus.io/port
  std::optional<mesh::Version> version;         // of its image's tag
  std::string revision;                         // label istio.io/rev; empty: default
  friend bool operator==(const IstiodPod&, const IstiodPod&) = default;
};

// The request for those pods, and what its reply says: running pods with an address, at most kMaxIstiods.
kube::Request istiod_pods_request(const std::string& root_namespace);
std::vector<IstiodPod> istiod_pods_of(const nlohmann::json& pod_list);

}  // namespace meshtrace::controller
