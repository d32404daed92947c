#include "core/audit/checks/trace_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/audit/envoy_filters.h"
#include "core/audit/providers.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using What = HeaderChange::What;

enum class Family { kTraceparent, kTracestate, kBaggage, kB3, kRequestId };

Family family_of(std::string_view header) {
  if (header == "traceparent") return Family::kTraceparent;
  if (header == "tracestate") return Family::kTracestate;
  if (header == "baggage") return Family::kBaggage;
  if (header == "x-request-id") return Family::kRequestId;
  return Family::kB3;
}

HopTracer tracer_of(const Tracing& tracing) {
  if (!tracing.enabled || tracing.provider_entry == nullptr) return {};
  const nlohmann::json& entry = *tracing.provider_entry;
  const std::string kind(kind_of_provider(entry));
  if (kind == "opentelemetry" || kind == "datadog") return {.writes_w3c = true};
  if (kind != "zipkin" && !tracing.is_legacy) return {};
  const bool both = string_member(entry, {"zipkin", "traceContextOption"}) == "USE_B3_WITH_W3C_PROPAGATION";
  return {.writes_w3c = both, .writes_b3 = true};
}

Consequence of_traceparent(What what, const HopTracer& tracer) {
  if (tracer.writes_w3c) {
    return {Severity::kInfo,
            "The proxy of this hop traces and writes traceparent again with the same trace id, so traces stay whole as "
            "long as it does"};
  }
  switch (what) {
    case What::kRemoved:
      return {Severity::kError,
              "No proxy of this hop writes traceparent again: every trace ends here and another one begins behind it"};
    case What::kSet:
      return {Severity::kError, "Requests of different callers all end up in one trace, and none in its caller's"};
    case What::kAdded:
      break;
  }
  return {Severity::kError,
          "A request that has a traceparent then has two, which receivers must drop: another trace begins behind it"};
}

Consequence of_b3(const Model& model, const HopTracer& tracer) {
  if (tracer.writes_b3)
    return {Severity::kInfo, "The proxy of this hop traces and writes B3 again with the same trace id"};
  if (speaks_b3(model)) return {Severity::kError, "Services behind it that read B3 begin another trace"};
  return {Severity::kInfo, "Nothing here is known to read B3; W3C traces stay whole"};
}

Consequence consequence_of_family(const Model& model, Family family, What what, const HopTracer& tracer) {
  switch (family) {
    case Family::kTraceparent:
      return of_traceparent(what, tracer);
    case Family::kTracestate:
      if (tracer.writes_w3c) return {Severity::kInfo, "The proxy writes tracestate again as it received it"};
      return {Severity::kWarning,
              "Traces stay whole, but what tracers keep in tracestate (sampling, vendors' ids) is lost"};
    case Family::kBaggage:
      return {Severity::kWarning,
              "What callers put into baggage never reaches services behind it; no proxy writes it again"};
    case Family::kRequestId:
      return {Severity::kWarning, "Log lines of the hops before and behind it no longer share an x-request-id"};
    case Family::kB3:
      break;
  }
  return of_b3(model, tracer);
}

std::string_view word_for(What what) {
  switch (what) {
    case What::kRemoved:
      return "removes";
    case What::kSet:
      return "sets";
    case What::kAdded:
      return "adds";
  }
  return "";
}

}  // namespace

HopTracer tracer_at(const Model& model, const PathNode& node, Direction direction) {
  const Proxy proxy = proxy_of(model.snapshot, node);
  if (proxy.ns.empty()) return {};
  return tracer_of(node.workload != nullptr ? model.mesh.tracing(*node.workload, direction)
                                            : model.mesh.tracing(proxy.ns, proxy.labels, direction));
}

HopTracer tracer_in(const Model& model, const std::string& ns) {
  return tracer_of(model.mesh.tracing(ns, {}, Direction::kClient));
}

bool speaks_b3(const Model& model) {
  for (const MeshRevision& revision : model.mesh.revisions()) {
    for (const nlohmann::json& entry : array_member(revision.config, {"extensionProviders"})) {
      if (kind_of_provider(entry) == "zipkin") return true;
    }
  }
  const auto workloads = model.workloads.all();
  return std::any_of(workloads.begin(), workloads.end(), [](const Workload& workload) {
    return workload.mesh == MeshMode::kLinkerd ||
           std::any_of(workload.containers.begin(), workload.containers.end(), [](const Container& container) {
             return container.value("OTEL_PROPAGATORS").find("b3") != std::string::npos;
           });
  });
}

Consequence consequence_of(const Model& model, const std::vector<HeaderChange>& changes, const HopTracer& tracer) {
  Consequence all;
  for (const Family family :
       {Family::kTraceparent, Family::kTracestate, Family::kBaggage, Family::kB3, Family::kRequestId}) {
    const auto found = std::find_if(changes.begin(), changes.end(), [family](const HeaderChange& change) {
      return family_of(change.header) == family;
    });
    if (found == changes.end()) continue;
    const Consequence one = consequence_of_family(model, family, found->what, tracer);
    all.severity = std::max(all.severity, one.severity);
    if (!all.text.empty()) all.text += ". ";
    all.text += one.text;
  }
  return all;
}

std::string deeds_of(const std::vector<HeaderChange>& changes) {
  std::string deeds;
  for (const What what : {What::kRemoved, What::kSet, What::kAdded}) {
    std::vector<std::string_view> headers;
    for (const HeaderChange& change : changes) {
      const bool is_new = std::find(headers.begin(), headers.end(), change.header) == headers.end();
      if (change.what == what && is_new) headers.push_back(change.header);
    }
    if (headers.empty()) continue;
    deeds += fmt::format("{}{} {}", deeds.empty() ? "" : " and ", word_for(what), fmt::join(headers, ", "));
  }
  return deeds;
}

bool is_harmful(const HeaderChange& change) {
  return change.what != What::kAdded || (change.header != "tracestate" && change.header != "baggage");
}

}  // namespace meshtrace::audit
