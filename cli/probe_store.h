// Asks a trace store for a trace again and again, until it is complete or the time is over.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/probe_report.h"
#include "core/probe/completion.h"

namespace meshtrace::cli {

struct StoreQuestion {
  probe::StoreKind kind;
  std::string url;          // the store's, without the path of its API
  net::WebHeaders headers;  // credentials among them
  probe::Context context;
  std::vector<std::string> expected;
  probe::CompletionOptions completion;
  std::chrono::milliseconds request_timeout;
};

// An error: the store never answered as one, or refused.
Result<StoredTrace> follow_trace(const StoreQuestion& question, const SendWebRequest& send,
                                 const Environment& environment);

}  // namespace meshtrace::cli
