// istiod's /debug/syncz: for each connected proxy its version, and for each type of resource what was sent to it, what
// it acknowledged and what it refused last.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/istiod/health.h"
#include "core/base/result.h"

namespace meshtrace::controller {

struct ProxyState {
  std::string name;           // "app-1.default"
  std::string istio_version;  // "1.31.1"; empty: the proxy did not say
  bool waiting = false;       // something was sent that it neither acknowledged nor refused
  std::vector<Refusal> refusals;
};

// Bounded in memory by the text's size, not by what it holds. Errors never quote it.
Result<std::vector<ProxyState>> parse_syncz(std::string_view body);

}  // namespace meshtrace::controller
