// Which of the kinds that checks read the API server serves, and in which version. Istio, Gateway API and the others
// may be installed, or go, while the controller runs.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "core/audit/kinds.h"
#include "core/base/result.h"
#include "kube/reply.h"
#include "kube/request.h"

namespace meshtrace::auditing {

// Sends one request and waits for the reply.
using Send = std::function<Result<kube::Reply>(const kube::Request&)>;

struct Served {
  std::map<audit::Kind, std::string> kinds;  // and the newest version that a check reads
  bool reports = false;                      // OpenReports' Report and ClusterReport
  friend bool operator==(const Served&, const Served&) = default;
};

// Asks for the groups of these kinds alone. An error: the API server could not be asked, nothing is known.
Result<Served> ask_served(const Send& send, const audit::Kinds& kinds);

// "networking.istio.io/v1", "v1": what the API server lists under /apis and /api, of a discovery reply.
std::set<std::string> group_versions(const nlohmann::json& api_groups);
// Plural names in a reply to /apis/GROUP/VERSION.
std::set<std::string> resource_names(const nlohmann::json& api_resources);

}  // namespace meshtrace::auditing
