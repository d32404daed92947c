// kubectl meshtrace render: what the controller would write, offline, as documents to apply or as the fragment for
// whoever manages the mesh; or, for clusters without our webhook, admission policies that inject in its place.
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/session.h"

namespace meshtrace::cli {

struct RenderOptions {
  FileOptions input;
  std::string target;         // configmap | sail | istiooperator | helm | mutatingadmissionpolicy
  std::string istio_version;  // --istio-version, of control plane and proxies; empty: a current one
};

Outcome run_render(const RenderOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
