#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/filter_writes.h"
#include "core/audit/checks/trace_headers.h"
#include "core/audit/envoy_filters.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/mesh/document.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;
using What = HeaderChange::What;

// The list that an entry stands in.
std::string list_of(const std::string& field) { return field.substr(0, field.rfind('[')); }

// "remove it, and put the good value back": what is left is computed, and may well be right.
void drop_restored(std::vector<FilterWrite>& writes) {
  std::map<std::pair<std::string, std::string>, bool> restored;
  for (const FilterWrite& write : writes) {
    if (write.lua_line > 0 || write.change.what == What::kRemoved || write.is_certain) continue;
    restored[{list_of(write.change.field), write.change.header}] = true;
  }
  std::erase_if(writes, [&](const FilterWrite& write) {
    return restored.contains({list_of(write.change.field), write.change.header});
  });
}

// Where the filter is at work: the proxy that writes the least again.
struct At {
  HopTracer tracer{.writes_w3c = true, .writes_b3 = true};
  std::string title;  // of the proxy; empty: none is known
  std::optional<Hop> hop;
};

bool is_selected(const Model& model, const Object& by, const PathNode& node) {
  const Proxy proxy = proxy_of(model.snapshot, node);
  if (by.kind == Kind::kEnvoyFilter) return reaches(model.snapshot, by, proxy);
  if (proxy.ns.empty() || (by.ref.ns != proxy.ns && by.ref.ns != model.snapshot.root_namespace())) return false;
  return has_labels(proxy, object_member(by.spec(), {"selector", "matchLabels"}));
}

bool is_in_context(const PathNode& node, const std::string& context) {
  const bool is_gateway = node.kind == PathNode::Kind::kGateway;
  return context == "ANY" || (context == "GATEWAY") == is_gateway;
}

At find_proxy(const Model& model, const Object& by, const std::string& context) {
  const bool is_inbound = context == "SIDECAR_INBOUND";
  At at;
  for (const PathNode& node : model.paths.nodes()) {
    if (!may_reach(model.snapshot, by, node) || !is_in_context(node, context) || !is_selected(model, by, node))
      continue;
    const HopTracer tracer = tracer_at(model, node, is_inbound ? Direction::kServer : Direction::kClient);
    const bool is_worse = (at.tracer.writes_w3c && !tracer.writes_w3c) || (at.tracer.writes_b3 && !tracer.writes_b3);
    if (at.title.empty() || is_worse) {
      const auto edges = is_inbound ? model.paths.into(node.id) : model.paths.out_of(node.id);
      at.title = node.title;
      at.hop = edges.empty() ? std::nullopt : std::optional(Hop{edges.front()->from, edges.front()->to});
    }
    at.tracer.writes_w3c = at.tracer.writes_w3c && tracer.writes_w3c;
    at.tracer.writes_b3 = at.tracer.writes_b3 && tracer.writes_b3;
  }
  if (at.title.empty()) at.tracer = tracer_in(model, by.ref.ns);
  return at;
}

// Envoy refuses an early mutation that has none left: the last ones go with the extension that they stand in.
std::string entry_to_remove(const std::vector<FilterWrite>& writes, const FilterWrite& write) {
  const std::string& field = write.change.field;
  if (!write.is_early) return field;
  const std::string list = list_of(field);
  const auto here = std::count_if(writes.begin(), writes.end(),
                                  [&](const FilterWrite& other) { return list_of(other.change.field) == list; });
  const json::json_pointer pointer(pointer_of(list));
  const json& value = write.change.by->value;
  const bool is_all = value.contains(pointer) && value.at(pointer).size() == static_cast<std::size_t>(here);
  return is_all ? field.substr(0, field.rfind(".typed")) : field;
}

// Entries of lists can be taken out by a patch; code and settings of plugins are for a person.
std::string fix_of(const Object& by, const std::vector<FilterWrite>& writes) {
  const FilterWrite& first = writes.front();
  if (std::any_of(writes.begin(), writes.end(), [](const FilterWrite& write) { return write.lua_line > 0; })) {
    return fmt::format("In {} of {}, take out line {} of the code, or have it write another header.",
                       first.change.field, by.ref.title(), first.lua_line);
  }
  if (by.kind != Kind::kEnvoyFilter) {
    return fmt::format("Take {} out of {} of {}.", first.change.header, first.change.field, by.ref.title());
  }
  // From the end of a list to its beginning, so that no index moves before it is used.
  std::vector<json> operations;
  std::string last;
  for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
    const std::string entry = entry_to_remove(writes, *write);
    if (entry == last) continue;
    for (json& operation : remove_field(by, entry)) operations.push_back(std::move(operation));
    last = entry;
  }
  return patch_command(by, operations);
}

void report(const Model& model, const Object& by, const std::string& context, std::vector<FilterWrite> writes,
            Findings& findings) {
  drop_restored(writes);
  std::erase_if(writes, [](const FilterWrite& write) { return !is_harmful(write.change); });
  if (writes.empty()) return;
  At at = find_proxy(model, by, context);
  std::vector<HeaderChange> changes;
  bool is_certain = false;
  for (const FilterWrite& write : writes) {
    if (write.is_early) at.tracer = {};
    is_certain = is_certain || write.is_certain;
    changes.push_back(write.change);
  }
  const Consequence consequence = consequence_of(model, changes, at.tracer);
  std::string where = at.title.empty() ? "" : " at " + at.title;
  if (at.hop) where = " on the hop " + name_of_hop(model.paths, *at.hop);
  const std::string when = is_certain ? "" : " for some requests, as far as can be read";
  findings.add(by, fmt::format("The filter {}{}{}. {}.", deeds_of(changes), where, when, consequence.text),
               {.field = changes.front().field,
                .fix = fix_of(by, writes),
                .hop = at.hop,
                .severity = is_certain ? consequence.severity : std::min(consequence.severity, Severity::kWarning)});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (mesh::is_ours(subject.value)) return;
  if (subject.kind == Kind::kEnvoyFilter) {
    for (const FilterPatch& patch : patches_of(subject)) {
      report(model, subject, patch.context, filter_writes(subject, *patch.value, patch.field + ".patch.value"),
             findings);
    }
    return;
  }
  const json& spec = subject.spec();
  report(model, subject, "ANY",
         lua_filter_writes(subject, string_member(spec, {"lua", "inlineCode"}), "spec.lua.inlineCode"), findings);
  report(model, subject, "ANY",
         plugin_writes(subject, object_member(spec, {"wasm", "pluginConfig"}), "spec.wasm.pluginConfig"), findings);
  report(model, subject, "ANY", plugin_writes(subject, object_member(spec, {"pluginConfig"}), "spec.pluginConfig"),
         findings);
}

}  // namespace

const Check kFilterHeaders{
    .code = "MT0102",
    .severity = Severity::kError,
    .title = "filter removes or overwrites a trace header",
    .effect = "Traces break in two at the proxies that run the filter.",
    .page =
        R"(An EnvoyFilter, TrafficExtension or WasmPlugin writes `traceparent`, `tracestate`, `baggage`, `b3`, `x-b3-*` or
`x-request-id` of requests: Lua (`headers():remove("traceparent")`, `replace`, `add`), header mutation filters, early
header mutations, `request_headers_to_add` and `request_headers_to_remove`. Reading a header is fine, comments are no
code, what is done to responses does no harm, and nor does an addition with ADD_IF_ABSENT.

A proxy that traces writes the headers of its own format again behind its filters (info); one that does not sends what
the filter left (error). Early header mutations run before tracing reads the request, so that no proxy repairs what they
take. A removal whose value the same list puts back from a computed one is no finding: that is how a list drops broken
headers, as TracingPolicy's `invalidTraceparent: Remove` does.

Limits: Lua is read as far as header names stand in it as literals; behind an `if` or a loop the finding is a warning.
Of Wasm only the plugin's settings are seen, and only words such as `remove_headers: [traceparent]` are understood.

Sources: Envoy, "Lua filter", "Header mutation filter", "HTTP header manipulation"; Istio, EnvoyFilter, istio#54977.)",
    .subjects = {Kind::kEnvoyFilter, Kind::kTrafficExtension, Kind::kWasmPlugin},
    .reads = kPathKinds | Kinds{Kind::kConfigMap, Kind::kTelemetry, Kind::kIstioOperator, Kind::kIstio},
    .run = run,
};

}  // namespace meshtrace::audit
