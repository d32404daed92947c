#include "core/audit/providers.h"

#include <algorithm>
#include <array>

#include "core/base/letter_case.h"
#include "core/mesh/tracing_provider.h"

namespace meshtrace::audit {
namespace {

struct ProviderKind {
  std::string_view name;
  bool traces = false;
  bool logs = false;
  mesh::Version removed = {};  // 0.0.0: it is there
};

// `removed` is by Istio's change notes: the OpenCensus tracer, by which Stackdriver was reported to as well, left with
// 1.23 (istio#50808), Lightstep with 1.27 (istio#54002).
constexpr std::array kKinds{
    ProviderKind{.name = "opentelemetry", .traces = true},
    ProviderKind{.name = "zipkin", .traces = true},
    ProviderKind{.name = "datadog", .traces = true},
    ProviderKind{.name = "skywalking", .traces = true},
    ProviderKind{.name = "lightstep", .traces = true, .removed = {1, 27, 0}},
    ProviderKind{.name = "opencensus", .traces = true, .removed = {1, 23, 0}},
    ProviderKind{.name = "stackdriver", .traces = true, .removed = {1, 23, 0}},
    ProviderKind{.name = "envoyFileAccessLog", .logs = true},
    ProviderKind{.name = "envoyHttpAls", .logs = true},
    ProviderKind{.name = "envoyTcpAls", .logs = true},
    ProviderKind{.name = "envoyOtelAls", .logs = true},
    ProviderKind{.name = "prometheus"},
    ProviderKind{.name = "envoyExtAuthzHttp"},
    ProviderKind{.name = "envoyExtAuthzGrpc"},
    ProviderKind{.name = "sds"},
};

constexpr std::array<std::string_view, 3> kBuiltIns{"prometheus", "stackdriver", kBuiltInLog};

constexpr std::array<std::string_view, 5> kLegacyTracers{"zipkin", "lightstep", "datadog", "stackdriver",
                                                         "openCensusAgent"};

const ProviderKind* find_kind_of_provider(std::string_view name) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const ProviderKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

}  // namespace

std::string_view kind_of_provider(const nlohmann::json& entry) {
  if (!entry.is_object()) return {};
  for (const ProviderKind& kind : kKinds) {
    if (entry.contains(kind.name)) return kind.name;
  }
  return {};
}

bool is_tracer(std::string_view kind) {
  const ProviderKind* known = find_kind_of_provider(kind);
  return known != nullptr && known->traces;
}

bool is_logger(std::string_view kind) {
  const ProviderKind* known = find_kind_of_provider(kind);
  return known != nullptr && known->logs;
}

std::optional<mesh::Version> tracer_removed_in(std::string_view kind) {
  const ProviderKind* known = find_kind_of_provider(kind);
  if (known == nullptr || known->removed == mesh::Version{}) return std::nullopt;
  return known->removed;
}

bool has_tracer(std::string_view kind, const std::optional<mesh::Version>& istio) {
  const auto removed = tracer_removed_in(kind);
  return is_tracer(kind) && (!removed || (istio && *istio < *removed));
}

std::string_view kind_of_built_in(std::string_view name) {
  for (const std::string_view built_in : kBuiltIns) {
    if (equal_without_case(name, built_in)) return built_in == kBuiltInLog ? "envoyFileAccessLog" : built_in;
  }
  return {};
}

std::string_view kind_of_named(const nlohmann::json& mesh_config, std::string_view name) {
  const nlohmann::json* entry = mesh::find_provider(mesh_config, name);
  return entry == nullptr ? kind_of_built_in(name) : kind_of_provider(*entry);
}

std::string_view legacy_tracer_of(const nlohmann::json& proxy_config) {
  const auto tracing = proxy_config.is_object() ? proxy_config.find("tracing") : proxy_config.end();
  if (tracing == proxy_config.end() || !tracing->is_object()) return {};
  for (const std::string_view tracer : kLegacyTracers) {
    if (tracing->contains(tracer)) return tracer;
  }
  return {};
}

}  // namespace meshtrace::audit
