// Runs a credential plugin, as kubectl does.
#pragma once

#include <chrono>
#include <string>

#include "core/base/result.h"
#include "kube/client_config.h"
#include "kube/exec_credential.h"

namespace meshtrace::net {

// Plugins may send people to a browser to log in; after this they are killed.
inline constexpr std::chrono::seconds kExecPluginTimeout{120};

// Its standard error is ours, its standard input too where it may ask and a terminal is there. `authority_pem` is the
// cluster's CA, for plugins that want it.
Result<kube::ExecCredential> run_exec_plugin(const kube::ClientConfig& config, const std::string& authority_pem,
                                             std::chrono::seconds timeout = kExecPluginTimeout);

}  // namespace meshtrace::net
