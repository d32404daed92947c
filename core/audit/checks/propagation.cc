#include "core/audit/checks/propagation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/json.h"
#include "core/policy/propagators.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// What people write who mean a propagator, and what no edit distance finds.
constexpr std::array<Pair, 9> kMeant{{{"w3c", "tracecontext"},
                                      {"traceparent", "tracecontext"},
                                      {"w3ctracecontext", "tracecontext"},
                                      {"trace_context", "tracecontext"},
                                      {"b3single", "b3"},
                                      {"b3-single", "b3"},
                                      {"zipkin", "b3"},
                                      {"aws-xray", "xray"},
                                      {"opentracing", "ottrace"}}};

constexpr std::array<Pair, 6> kFormatOfPropagator{{{"tracecontext", "W3C"},
                                                   {"b3", "B3"},
                                                   {"b3multi", "B3"},
                                                   {"jaeger", "Jaeger"},
                                                   {"xray", "X-Ray"},
                                                   {"ottrace", "OpenTracing"}}};

// Source: Datadog, "Trace Context Propagation".
constexpr std::array<Pair, 5> kFormatOfStyle{
    {{"tracecontext", "W3C"}, {"datadog", "Datadog"}, {"b3multi", "B3"}, {"b3", "B3"}, {"b3 single header", "B3"}}};

constexpr std::array<const char*, 5> kDatadogVariables{
    "DD_TRACE_PROPAGATION_STYLE", "DD_TRACE_PROPAGATION_STYLE_EXTRACT", "DD_TRACE_PROPAGATION_STYLE_INJECT",
    "DD_PROPAGATION_STYLE_EXTRACT", "DD_PROPAGATION_STYLE_INJECT"};

template <std::size_t N>
std::string_view find(const std::array<Pair, N>& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string_view() : found->second;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The first of the variables that is set, as formats; nothing where none is.
std::optional<Formats> styles(const Container& container, std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    const EnvVariable* entry = container.find(variable);
    if (entry == nullptr || !entry->value) continue;
    Formats formats;
    for (const std::string& style : split_list(lower(*entry->value))) {
      if (const std::string_view format = find(kFormatOfStyle, style); !format.empty()) formats.insert(format);
    }
    return formats;
  }
  return std::nullopt;
}

bool share_none(const Formats& one, const Formats& other) {
  return std::none_of(one.begin(), one.end(), [&](std::string_view format) { return other.contains(format); });
}

// A proxy that traces in both formats reads either and writes both.
bool proxy_translates(const Model& model, const Workload& workload) {
  if (workload.mesh != MeshMode::kSidecar) return false;
  const Tracing tracing = model.mesh.tracing(workload, Direction::kClient);
  if (!tracing.enabled || tracing.provider_entry == nullptr) return false;
  return string_member(*tracing.provider_entry, {"zipkin", "traceContextOption"}) == "USE_B3_WITH_W3C_PROPAGATION";
}

}  // namespace

std::vector<PropagatorName> read_propagators(std::string_view list) {
  const auto known = policy::known_propagators();
  std::vector<PropagatorName> names;
  for (std::string& text : split_list(list)) {
    PropagatorName name;
    name.known = std::find(known.begin(), known.end(), text) != known.end();
    if (!name.known) name.meant = find(kMeant, lower(text));
    if (!name.known && name.meant.empty()) name.meant = policy::nearest(text, known);
    name.text = std::move(text);
    names.push_back(std::move(name));
  }
  return names;
}

bool has_propagator(const std::vector<PropagatorName>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const PropagatorName& one) { return one.text == name; });
}

std::optional<BothFormats> both_formats(const std::vector<PropagatorName>& names) {
  std::vector<std::string_view> formats;
  for (const PropagatorName& name : names) {
    const std::string_view format = find(kFormatOfPropagator, name.text);
    if (format == "W3C" || format == "B3") formats.push_back(format);
  }
  if (formats.empty() || std::count(formats.begin(), formats.end(), formats[0]) == std::ssize(formats)) {
    return std::nullopt;
  }
  return BothFormats{formats.front(), formats.back()};
}

std::optional<Spoken> datadog_styles(const Container& container) {
  const auto reads = styles(
      container, {"DD_TRACE_PROPAGATION_STYLE_EXTRACT", "DD_TRACE_PROPAGATION_STYLE", "DD_PROPAGATION_STYLE_EXTRACT"});
  const auto writes = styles(
      container, {"DD_TRACE_PROPAGATION_STYLE_INJECT", "DD_TRACE_PROPAGATION_STYLE", "DD_PROPAGATION_STYLE_INJECT"});
  if (!reads && !writes) return std::nullopt;
  const Formats standard{"Datadog", "W3C"};
  return Spoken{reads.value_or(standard), writes.value_or(standard)};
}

std::string datadog_with_w3c(const Workload& workload, const Container& container) {
  std::vector<NewValue> values;
  for (const char* variable : kDatadogVariables) {
    const EnvVariable* entry = container.find(variable);
    if (entry == nullptr || !entry->value || lower(*entry->value).find("tracecontext") != std::string::npos) continue;
    values.push_back({variable, *entry->value == "none" ? "tracecontext" : "tracecontext," + *entry->value});
  }
  return set_variables(workload, container, values);
}

std::optional<Spoken> spoken_by(const Model& model, const Workload& workload, const Container& container) {
  if (auto datadog = datadog_styles(container)) return datadog;
  const Lookup list = look_up(model, workload, container, kPropagators);
  if (!list.known) return std::nullopt;
  if (!list.value) {
    if (!has_variable(model, workload, container, "OTEL_")) return std::nullopt;
    return Spoken{{"W3C"}, {"W3C"}};  // the SDKs' default
  }
  Formats formats;
  for (const PropagatorName& name : read_propagators(*list.value)) {
    const std::string_view format = find(kFormatOfPropagator, name.text);
    if (!format.empty()) formats.insert(format);
    if (format.empty() && !name.known) return std::nullopt;  // somebody's own: it may speak anything
  }
  return Spoken{formats, formats};
}

std::optional<Spoken> spoken_by(const Model& model, const Workload& workload) {
  std::optional<Spoken> all;
  for (const Container* container : sdk_containers(workload)) {
    const auto spoken = spoken_by(model, workload, *container);
    if (!spoken) continue;
    if (!all) all.emplace();
    all->reads.insert(spoken->reads.begin(), spoken->reads.end());
    all->writes.insert(spoken->writes.begin(), spoken->writes.end());
  }
  return all;
}

bool proxy_speaks_b3_only(const Model& model, const Workload& workload) {
  if (workload.mesh != MeshMode::kSidecar) return false;
  const Tracing tracing = model.mesh.tracing(workload, Direction::kServer);
  if (!tracing.enabled || tracing.provider_entry == nullptr) return false;
  return find_member(*tracing.provider_entry, {"zipkin"}) != nullptr && !proxy_translates(model, workload);
}

std::vector<MixedHop> mixed_hops(const Model& model, const Workload& workload) {
  std::vector<MixedHop> hops;
  const auto own = spoken_by(model, workload);
  // One that speaks W3C both ways is never at fault: most workloads are done here.
  if (!own || (own->reads.contains("W3C") && own->writes.contains("W3C"))) return hops;
  const auto look = [&](const PathEdge* edge) {
    const PathNode* from = model.paths.find(edge->from);
    const PathNode* to = model.paths.find(edge->to);
    if (from == nullptr || to == nullptr || from->workload == nullptr || to->workload == nullptr) return;
    const auto sender = spoken_by(model, *from->workload);
    const auto receiver = spoken_by(model, *to->workload);
    if (!sender || !receiver || sender->writes.empty() || receiver->reads.empty()) return;
    if (!share_none(sender->writes, receiver->reads) || proxy_translates(model, *from->workload)) return;
    const Workload* fault = sender->writes.contains("W3C") ? to->workload : from->workload;
    if (fault == &workload) hops.push_back({edge, sender->writes, receiver->reads});
  };
  for (const PathEdge* edge : model.paths.out_of(workload.id())) look(edge);
  for (const PathEdge* edge : model.paths.into(workload.id())) look(edge);
  return hops;
}

std::string list_formats(const Formats& formats) {
  return formats.empty() ? "nothing" : fmt::format("{}", fmt::join(formats, " and "));
}

std::string_view name_of(Language language) {
  switch (language) {
    case Language::kPython:
      return "Python";
    case Language::kNode:
      return "Node.js";
    case Language::kGo:
      return "Go";
    case Language::kJava:
      return "Java";
    case Language::kDotnet:
      return ".NET";
    case Language::kRuby:
      return "Ruby";
    case Language::kPhp:
      return "PHP";
    case Language::kCpp:
      return "C++";
    case Language::kRust:
      return "Rust";
    case Language::kUnknown:
      break;
  }
  return "an unknown language";
}

}  // namespace meshtrace::audit
