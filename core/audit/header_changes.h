// What routes do to the trace headers of requests: VirtualService rules and the filters of HTTPRoute and GRPCRoute.
// Headers of responses carry no context and are left out.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/object.h"

namespace meshtrace::audit {

struct HeaderChange {
  enum class What { kRemoved, kSet, kAdded };
  What what = What::kRemoved;
  std::string header;  // in lower case
  const Object* by = nullptr;
  std::string field;  // in `by`: spec.http[0].headers.request.remove[1]
};

// Whether the header carries trace context or baggage, or is Istio's x-request-id. In any letter case.
bool is_trace_header(std::string_view name);

// "headers.request" of a VirtualService's rule or destination, whose own field is given: "spec.http[0]". Appends.
void read_request_headers(const Object& by, const nlohmann::json& rule, const std::string& field,
                          std::vector<HeaderChange>& changes);

// RequestHeaderModifier among the `filters` of a Gateway API rule or backendRef. Appends.
void read_filters(const Object& by, const nlohmann::json& rule, const std::string& field,
                  std::vector<HeaderChange>& changes);

// All that a VirtualService, HTTPRoute or GRPCRoute does, in the order of its rules.
std::vector<HeaderChange> header_changes(const Object& route);

}  // namespace meshtrace::audit
