#include "core/audit/header_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/json.h"
#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;
using What = HeaderChange::What;

constexpr std::array<std::string_view, 10> kHeaders{"traceparent",  "tracestate",   "baggage",     "b3",
                                                    "x-request-id", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid",
                                                    "x-b3-sampled", "x-b3-flags"};

class Reader {
 public:
  Reader(const Object& by, std::vector<HeaderChange>& changes) : by_(by), changes_(changes) {}

  void names(const json& list, const std::string& field) {
    for (std::size_t at = 0; at < list.size(); ++at) {
      if (list[at].is_string()) note(What::kRemoved, list[at].get<std::string>(), fmt::format("{}[{}]", field, at));
    }
  }
  void members(const json& map, What what, const std::string& field) {
    for (const auto& [name, value] : map.items()) note(what, name, fmt::format("{}[{}]", field, name));
  }
  // Of the Gateway API: {name, value}.
  void pairs(const json& list, What what, const std::string& field) {
    for (std::size_t at = 0; at < list.size(); ++at) {
      note(what, string_member(list[at], {"name"}), fmt::format("{}[{}]", field, at));
    }
  }

 private:
  void note(What what, const std::string& header, std::string field) {
    if (is_trace_header(header)) changes_.push_back({what, in_lower_case(std::string(header)), &by_, std::move(field)});
  }

  const Object& by_;
  std::vector<HeaderChange>& changes_;
};

template <class Read>
void for_each(const json& list, const std::string& field, Read read) {
  for (std::size_t at = 0; at < list.size(); ++at) read(list[at], fmt::format("{}[{}]", field, at));
}

}  // namespace

bool is_trace_header(std::string_view name) {
  return std::find(kHeaders.begin(), kHeaders.end(), in_lower_case(std::string(name))) != kHeaders.end();
}

void read_request_headers(const Object& by, const json& rule, const std::string& field,
                          std::vector<HeaderChange>& changes) {
  const json& request = object_member(rule, {"headers", "request"});
  const std::string at = field + ".headers.request";
  Reader reader(by, changes);
  reader.names(array_member(request, {"remove"}), at + ".remove");
  reader.members(object_member(request, {"set"}), What::kSet, at + ".set");
  reader.members(object_member(request, {"add"}), What::kAdded, at + ".add");
}

void read_filters(const Object& by, const json& rule, const std::string& field, std::vector<HeaderChange>& changes) {
  for_each(array_member(rule, {"filters"}), field + ".filters", [&](const json& filter, const std::string& at) {
    const json& modifier = object_member(filter, {"requestHeaderModifier"});
    const std::string below = at + ".requestHeaderModifier";
    Reader reader(by, changes);
    reader.names(array_member(modifier, {"remove"}), below + ".remove");
    reader.pairs(array_member(modifier, {"set"}), What::kSet, below + ".set");
    reader.pairs(array_member(modifier, {"add"}), What::kAdded, below + ".add");
  });
}

std::vector<HeaderChange> header_changes(const Object& route) {
  std::vector<HeaderChange> changes;
  for_each(array_member(route.spec(), {"http"}), "spec.http", [&](const json& rule, const std::string& field) {
    read_request_headers(route, rule, field, changes);
    for_each(array_member(rule, {"route"}), field + ".route", [&](const json& destination, const std::string& at) {
      read_request_headers(route, destination, at, changes);
    });
  });
  for_each(array_member(route.spec(), {"rules"}), "spec.rules", [&](const json& rule, const std::string& field) {
    read_filters(route, rule, field, changes);
    for_each(array_member(rule, {"backendRefs"}), field + ".backendRefs",
             [&](const json& backend, const std::string& at) { read_filters(route, backend, at, changes); });
  });
  return changes;
}

}  // namespace meshtrace::audit
