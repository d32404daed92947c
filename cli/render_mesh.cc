#include "cli/render_mesh.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/output.h"
#include "cli/text.h"
#include "core/mesh/fragment.h"
#include "core/mesh/reasons.h"
#include "core/mesh/simulate.h"
#include "core/yaml/output.h"
#include "core/yaml/yaml.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

constexpr const char* kDefaultConfigMap = "istio";

// Without a mesh ConfigMap among the files: an empty one, so that what policies want has a place.
mesh::Facts with_a_config_map(mesh::Facts facts) {
  if (!facts.config_maps.empty()) return facts;
  mesh::MeshConfigMap config_map;
  config_map.name = kDefaultConfigMap;
  facts.config_maps.push_back(std::move(config_map));
  return facts;
}

// What stands in the way, in the words of the policies' status.
std::string reasons(const mesh::Plan& plan) {
  std::string lines;
  for (const auto& [policy, outcome] : plan.outcomes) {
    for (const mesh::Condition& condition : outcome.conditions) {
      if (condition.status == (condition.type == "Conflicted" ? "False" : "True")) continue;
      lines += warning_line(
          fmt::format("TracingPolicy {}/{}", policy.first, policy.second),
          fmt::format("{}={} {}: {}", condition.type, condition.status, condition.reason, condition.message));
    }
  }
  return lines;
}

// The author's document with the new text and nothing else changed, or a new one.
Result<std::string> config_map_text(const Object* object, const mesh::MeshConfigMap& config_map,
                                    const std::string& root_namespace) {
  if (object == nullptr) {
    return yaml::yaml_document({{"apiVersion", "v1"},
                                {"kind", "ConfigMap"},
                                {"metadata", {{"name", config_map.name}, {"namespace", root_namespace}}},
                                {"data", {{"mesh", *config_map.text}}}});
  }
  json target = object->document->value;
  target[json::json_pointer(object->pointer)]["data"]["mesh"] = *config_map.text;
  return yaml::rewrite(*object->document, target);
}

Result<Outcome> render_documents(const mesh::Facts& before, const mesh::Settled& settled, const MeshFiles& files) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < settled.facts.config_maps.size(); ++i) {
    const mesh::MeshConfigMap& config_map = settled.facts.config_maps[i];
    if (config_map.text == before.config_maps[i].text || !config_map.text) continue;
    const Object* object = files.config_maps.empty() ? nullptr : files.config_maps[i];
    auto text = config_map_text(object, config_map, before.root_namespace);
    if (!text) return tl::make_unexpected(std::move(text.error()));
    texts.push_back(*std::move(text));
  }
  Outcome outcome;
  if (files.config_maps.empty() && !texts.empty()) {
    outcome.err =
        warning_line("", fmt::format("no mesh ConfigMap among the files: the one printed holds nothing but what "
                                     "the policies want. Do not apply it over yours; give yours with -f"));
  }
  if (!settled.plan.documents.empty()) texts.push_back(yaml::yaml_documents(settled.plan.documents));
  outcome.out = join_texts(texts);
  return outcome;
}

Outcome render_fragments(mesh::FragmentTarget target, const policy::Index& policies, const mesh::Facts& facts,
                         const mesh::Settled& settled) {
  Outcome outcome;
  std::vector<std::string> texts;
  for (const mesh::MeshConfigMap& config_map : facts.config_maps) {
    std::string text = mesh::fragment_text(target, mesh::wanted_mesh_config(policies, facts, config_map));
    if (text.empty()) continue;
    // With revisions, each installation has values of its own.
    if (facts.config_maps.size() > 1) text.insert(0, fmt::format("# for the ConfigMap {}\n", config_map.name));
    texts.push_back(std::move(text));
  }
  outcome.out = join_texts(texts);
  if (texts.empty()) outcome.err += note_line("", "the policies want nothing in the mesh's configuration");
  if (!settled.plan.documents.empty()) {
    outcome.err += note_line("",
                             "EnvoyFilters and Telemetries are objects of their own: --target configmap prints them, "
                             "the controller writes them");
  }
  return outcome;
}

}  // namespace

Result<Outcome> render_mesh(const std::string& target, const policy::Index& policies, const MeshFiles& files) {
  const mesh::Facts facts = with_a_config_map(files.facts);
  const mesh::Settled settled = mesh::settle(policies, facts);
  if (!settled.quiet) return fail("", "the plan does not come to rest, which is a mistake of ours; please report it");
  const std::string warnings = reasons(settled.plan);
  Outcome outcome;
  if (target == "configmap") {
    auto rendered = render_documents(facts, settled, files);
    if (!rendered) return rendered;
    outcome = *std::move(rendered);
  } else {
    const auto fragment = target == "sail"            ? mesh::FragmentTarget::kSail
                          : target == "istiooperator" ? mesh::FragmentTarget::kIstioOperator
                                                      : mesh::FragmentTarget::kHelm;
    outcome = render_fragments(fragment, policies, facts, settled);
  }
  outcome.err.insert(0, warnings);
  return outcome;
}

}  // namespace meshtrace::cli
