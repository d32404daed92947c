// Everything that a probe found out, for whoever prints it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/probe/context.h"
#include "core/probe/store.h"
#include "core/probe/tree.h"
#include "core/probe/verdict.h"
#include "net/client/web_request.h"

namespace meshtrace::cli {

// A trace as a store had it last.
struct StoredTrace {
  probe::StoreKind kind;
  std::string api;  // the version of the store's API that knew it; empty: none did
  probe::Tree tree;
  probe::Verdict verdict;
  std::vector<std::string> notes;  // what was left out, and why
};

struct ProbeReport {
  probe::Context context;
  std::string method;
  std::string url;  // without its query, which may hold a token
  net::WebReply reply;
  probe::Headers headers;                 // of the reply: those that tell of tracing
  std::vector<std::string> other_traces;  // ids that the reply names and that are not ours
  std::optional<StoredTrace> stored;      // none: no store was asked, or it did not answer
};

}  // namespace meshtrace::cli
