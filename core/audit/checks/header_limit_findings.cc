#include "core/audit/checks/header_limit_findings.h"

#include <fmt/format.h>

#include <utility>

#include "core/audit/envoy_filters.h"
#include "core/audit/fix.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kConnectionManagerType =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

json settings_of(const LimitWords& words, int value) {
  const std::string name = words.name;
  const auto dot = name.find('.');
  return dot == std::string::npos ? json{{name, value}} : json{{name.substr(0, dot), {{name.substr(dot + 1), value}}}};
}

std::string fix_of(const Object& subject, const LimitWords& words, const std::string& field, const HeaderDrop& drop) {
  if (drop.behind_is_stated) return patch_command(subject, replace_field(subject, field, drop.before));
  if (subject.kind == Kind::kTracingPolicy) {
    return fmt::format(
        "State {} = {} in a TracingPolicy of the root namespace, so that every proxy on the way takes it.", field,
        drop.before);
  }
  return apply_command(connection_manager_filter(words.filter, drop.ns, settings_of(words, drop.before)));
}

}  // namespace

void report_drop(const Model& model, const Object& subject, const LimitWords& words, const std::string& field,
                 Findings& findings) {
  const auto drop = find_drop(model, subject, words.kind);
  if (!drop) return;
  const std::string more = drop->hops > 1 ? fmt::format(" (and {} more hops like it)", drop->hops - 1) : "";
  findings.add(
      subject,
      fmt::format("On the hop {}{} the first proxy lets requests with up to {} {} in and the next one takes {}: what "
                  "is between fails there with 431, or a reset stream in HTTP/2.",
                  name_of_hop(model.paths, drop->hop), more, drop->before, words.unit, drop->behind),
      {.field = field, .fix = fix_of(subject, words, field, *drop), .hop = drop->hop});
}

json connection_manager_filter(const std::string& name, const std::string& ns, json settings) {
  settings["@type"] = kConnectionManagerType;
  const json match{{"context", "ANY"}, {"listener", {{"filterChain", {{"filter", {{"name", kConnectionManager}}}}}}}};
  const json value{{"name", kConnectionManager}, {"typed_config", std::move(settings)}};
  const json patch{
      {"applyTo", "NETWORK_FILTER"}, {"match", match}, {"patch", {{"operation", "MERGE"}, {"value", value}}}};
  return {{"apiVersion", "networking.istio.io/v1alpha3"},
          {"kind", "EnvoyFilter"},
          {"metadata", {{"name", name}, {"namespace", ns}}},
          {"spec", {{"configPatches", json::array({patch})}}}};
}

}  // namespace meshtrace::audit
