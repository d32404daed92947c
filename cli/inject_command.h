// kubectl meshtrace inject: policies applied to manifests, offline.
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/session.h"

namespace meshtrace::cli {

struct InjectOptions {
  FileOptions input;
  bool diff = false;            // the change instead of the result
  std::string output = "yaml";  // yaml | json
};

Outcome run_inject(const InjectOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
