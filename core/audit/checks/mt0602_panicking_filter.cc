#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "core/audit/checks/checks.h"
#include "core/audit/envoy_filters.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/mesh/document.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kTypePrefix = "type.googleapis.com/envoy.extensions.filters.";

// Filters that istiod generates, and the messages that they are configured by.
struct FilterType {
  std::string_view name;
  std::string_view type;  // behind kTypePrefix
};
constexpr std::array<FilterType, 5> kTypes{{
    {kConnectionManager, "network.http_connection_manager.v3.HttpConnectionManager"},
    {"envoy.filters.network.tcp_proxy", "network.tcp_proxy.v3.TcpProxy"},
    {"envoy.filters.http.router", "http.router.v3.Router"},
    {"envoy.filters.http.cors", "http.cors.v3.Cors"},
    {"envoy.filters.http.fault", "http.fault.v3.HTTPFault"},
}};

std::string type_of(std::string_view name) {
  for (const FilterType& known : kTypes) {
    if (known.name == name) return std::string(kTypePrefix) + std::string(known.type);
  }
  return "";
}

std::string name_of_type(std::string_view type) {
  for (const FilterType& known : kTypes) {
    if (type == std::string(kTypePrefix) + std::string(known.type)) return std::string(known.name);
  }
  return "";
}

struct Merge {
  const FilterPatch& patch;
  bool is_http = false;  // HTTP_FILTER
  std::string matched;   // the name of the filter that the match names; empty: every filter
  std::string type;      // of the value
};

constexpr const char* kLost =
    "istiod panics on that while it builds the proxy's listeners, and whatever EnvoyFilters have still to change "
    "there, "
    "other people's too, is left out";

void report_wide(const Object& filter, const Merge& merge, Findings& findings) {
  const FilterPatch& patch = merge.patch;
  std::string name = name_of_type(merge.type);
  if (name.empty()) name = string_member(*patch.value, {"name"});
  json match{{"name", merge.is_http ? kConnectionManager : name}};
  if (merge.is_http) match["subFilter"] = {{"name", name}};
  const std::string field = patch.field + ".match.listener.filterChain.filter";
  // Gateways without servers of TCP or TLS have one kind of network filter, which the merge fits.
  const bool fits_some = !merge.is_http && patch.context == "GATEWAY";
  findings.add(filter,
               fmt::format("The MERGE names no {} to merge into, so it meets filters of other types: {}.",
                           merge.is_http ? "HTTP filter (subFilter)" : "network filter", kLost),
               {.field = patch.field + ".match",
                .fix = name.empty() ? fmt::format("In {}, name the filter in {}.", filter.ref.title(), field)
                                    : patch_command(filter, replace_field(filter, field, match)),
                .severity = fits_some ? Severity::kWarning : Severity::kError});
}

void report_untyped(const Object& filter, const Merge& merge, Findings& findings) {
  const std::string type = type_of(merge.matched);
  const std::string field = merge.patch.field + ".patch.value.typed_config";
  findings.add(
      filter,
      "The MERGE's typed_config has no \"@type\": istiod cannot build it and drops the patch, and releases of before "
      "panic on it.",
      {.field = field,
       .fix = type.empty() ? fmt::format("In {}, give {} the \"@type\" of the filter that is matched.",
                                         filter.ref.title(), field)
                           : patch_command(filter, add_field(filter, field + "[@type]", type))});
}

void check(const Object& filter, const FilterPatch& patch, Findings& findings) {
  const bool is_http = patch.apply_to == "HTTP_FILTER";
  if (patch.operation != "MERGE" || (!is_http && patch.apply_to != "NETWORK_FILTER")) return;
  const json* config = find_member(*patch.value, {"typed_config"});
  if (config == nullptr || !config->is_object()) return;
  const json& chain = object_member(*patch.match, {"listener", "filterChain"});
  const Merge merge{.patch = patch,
                    .is_http = is_http,
                    .matched = is_http ? string_member(chain, {"filter", "subFilter", "name"})
                                       : string_member(chain, {"filter", "name"}),
                    .type = string_member(*config, {"@type"})};
  if (merge.type.empty()) return report_untyped(filter, merge, findings);
  if (merge.matched.empty()) return report_wide(filter, merge, findings);
  const std::string right = type_of(merge.matched);
  if (right.empty() || right == merge.type) return;
  const std::string field = patch.field + ".patch.value.typed_config[@type]";
  findings.add(filter,
               fmt::format("The MERGE puts {} into the filter {}, which is of another type: {}.",
                           policy::in_quotes(merge.type), merge.matched, kLost),
               {.field = field,
                .fix = fmt::format("In {}, write the settings as {} in {}.", filter.ref.title(), right,
                                   patch.field + ".patch.value.typed_config")});
}

void run(const Model&, const Object& subject, Findings& findings) {
  if (mesh::is_ours(subject.value)) return;
  for (const FilterPatch& patch : patches_of(subject)) check(subject, patch, findings);
}

}  // namespace

const Check kPanickingFilter{
    .code = "MT0602",
    .severity = Severity::kError,
    .title = "EnvoyFilter whose MERGE panics istiod",
    .effect = "Patches of all EnvoyFilters of the proxy are left out: header limits and rules, and tracing settings.",
    .page =
        R"(istiod merges the value's message into a filter's message, and panics ("descriptor mismatch") where they are of
different types. It catches that, logs "listeners patch caused panic, so the patches did not take effect", and sends the
listeners as far as they were patched: every HTTP filter that an EnvoyFilter inserts is missing, and other listeners have no
patch at all. Three ways to get there:

- MERGE to NETWORK_FILTER without `match.listener.filterChain.filter`: it goes into each network filter, and into the TCP
  proxy of any port that is not HTTP. Sidecars always have one; for a gateway it is a warning.
- MERGE to HTTP_FILTER without `filter.subFilter`: it goes into every HTTP filter.
- a value whose "@type" is not that of the matched filter, `udpa.type.v1.TypedStruct` included.

A typed_config without "@type" is refused by istiod's webhook; where that is off the patch is dropped. All of it was run with
istiod 1.31.

Sources: Istio, pilot/pkg/networking/core/envoyfilter/listener_patch.go; istio#17266, istio#51610.)",
    .subjects = {Kind::kEnvoyFilter},
    .reads = {},
    .run = run,
};

}  // namespace meshtrace::audit
