#include "core/mesh/header_rules.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

constexpr const char* kExtension = "envoy.http.early_header_mutation.header_mutation";
constexpr const char* kType =
    "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";

// Good values wait in headers of this prefix while the originals are removed.
constexpr std::string_view kWaiting = "x-meshtrace-";

// Of Zipkin's B3, the single header and the multiple ones.
constexpr std::array<std::string_view, 6> kB3Headers{"b3",           "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid",
                                                     "x-b3-sampled", "x-b3-flags"};

// Whether traceparent is one that W3C Trace Context lets a receiver use: 55 characters for version 00, more for later
// ones, never version ff or an id of zeros. Several tests, since Envoy bounds the size of a regular expression's
// program. Two header lines come as one value with a comma between, which the tail of a later version would take in.
constexpr std::string_view kValidTraceparent =
    "'traceparent' in request.headers && size(request.headers['traceparent']) >= 55"
    " && request.headers['traceparent'].matches('^[0-9a-f][0-9a-f]-[0-9a-f]{32}-')"
    " && request.headers['traceparent'].matches('^[^-]*-[^-]*-[0-9a-f]{16}-[0-9a-f][0-9a-f](-|$)')"
    " && (size(request.headers['traceparent']) == 55 || !request.headers['traceparent'].startsWith('00'))"
    " && !request.headers['traceparent'].startsWith('ff')"
    " && !request.headers['traceparent'].contains(',')"
    " && !request.headers['traceparent'].matches('^..-0+-')"
    " && !request.headers['traceparent'].matches('^[^-]*-[^-]*-0+-')";

class Mutations {
 public:
  void remove(std::string_view header) { list_.push_back({{"remove", header}}); }

  // Sets the header to the value of a format string; an empty one sets nothing.
  void set(std::string_view header, const std::string& format) {
    list_.push_back(
        {{"append",
          {{"append_action", "OVERWRITE_IF_EXISTS_OR_ADD"}, {"header", {{"key", header}, {"value", format}}}}}});
  }

  // Lets the header through where the CEL condition holds, and removes it elsewhere.
  void keep_if(std::string_view header, std::string_view condition) {
    const std::string waiting = std::string(kWaiting) + std::string(header);
    remove(waiting);  // a client may have sent one
    set(waiting, fmt::format("%CEL(({}) ? request.headers['{}'] : '')%", condition, header));
    remove(header);
    set(header, fmt::format("%REQ({})%", waiting));
    remove(waiting);
  }

  [[nodiscard]] json take() { return std::move(list_); }

 private:
  json list_ = json::array();
};

}  // namespace

json early_header_mutation(const HeaderRules& rules) {
  Mutations mutations;
  const std::string traceparent = std::string(kWaiting) + "traceparent";
  const std::string is_valid = fmt::format("'{}' in request.headers", traceparent);
  const bool looks_at_traceparent = rules.remove_invalid_traceparent || rules.prefer_w3c;
  if (looks_at_traceparent) {
    mutations.remove(traceparent);
    mutations.set(traceparent, fmt::format("%CEL(({}) ? request.headers['traceparent'] : '')%", kValidTraceparent));
  }
  if (rules.remove_invalid_traceparent) {
    mutations.keep_if("tracestate", is_valid);
    mutations.remove("traceparent");
    mutations.set("traceparent", fmt::format("%REQ({})%", traceparent));
  }
  if (rules.prefer_w3c) {
    for (const std::string_view header : kB3Headers) mutations.keep_if(header, "!(" + is_valid + ")");
  }
  if (rules.max_baggage_bytes) {
    // size() of a string counts characters.
    mutations.keep_if("baggage",
                      fmt::format("size(bytes(request.headers['baggage'])) <= {}", *rules.max_baggage_bytes));
  }
  if (looks_at_traceparent) mutations.remove(traceparent);
  return {{"name", kExtension}, {"typed_config", {{"@type", kType}, {"mutations", mutations.take()}}}};
}

}  // namespace meshtrace::mesh
