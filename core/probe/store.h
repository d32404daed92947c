// What a trace store is asked, and what its answer means, as values: Jaeger and Grafana Tempo, each with two versions
// of its API. The sockets are net's, the waiting is completion.h's.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/probe/span.h"

namespace meshtrace::probe {

enum class StoreKind { kJaeger, kTempo };

// "Jaeger".
std::string_view store_name(StoreKind kind);

struct StoreApi {
  std::string_view version;  // "v3"
  std::string_view path;     // before the trace id
  bool (*add_spans)(const nlohmann::json& document, SpanList& list);
};

// The newest first. A store that lacks it says 404, or answers with its web page.
std::span<const StoreApi> apis_of(StoreKind kind);

struct Answer {
  enum class Kind {
    kTrace,       // `list` holds what there is; it may be empty
    kNothing,     // not this trace, or not this API: the next one is to be asked
    kNotYet,      // it failed in a way that passes: asked again later
    kImpossible,  // asking again will not help
  } kind;
  SpanList list;
  std::string problem;  // of kNotYet and kImpossible, and of kNothing that was no 404; never quotes the body
};

// `documents`: the body's JSON values, none when it is no JSON.
Answer read_answer(const StoreApi& api, int status, const std::vector<nlohmann::json>& documents);

}  // namespace meshtrace::probe
