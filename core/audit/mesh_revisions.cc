#include "core/audit/mesh_revisions.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "core/base/json.h"
#include "core/mesh/image.h"
#include "core/mesh/mesh_text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kConfigMapPrefix = "istio-";
constexpr const char* kTagLabel = "istio.io/tag";

MeshRevision of_config_map(const Object& config_map) {
  MeshRevision revision;
  const std::string& name = config_map.ref.name;
  revision.name = name.starts_with(kConfigMapPrefix) ? name.substr(kConfigMapPrefix.size()) : kDefaultRevision;
  revision.config_map = revision.object = &config_map;
  revision.field = "data.mesh";
  revision.text = string_member(config_map.value, {"data", "mesh"});
  auto config = mesh::read_mesh_text(config_map.ref.title(), revision.text);
  revision.readable = config.has_value();
  revision.config = config ? *std::move(config) : json::object();
  return revision;
}

std::string stated_or_default(std::string stated) { return stated.empty() ? kDefaultRevision : std::move(stated); }

// Where an installer's object states the mesh's configuration, and for which revision.
struct Installer {
  Kind kind;
  std::array<const char*, 3> path;  // below the object; null: shorter
};
constexpr std::array kInstallers{
    Installer{Kind::kIstioOperator, {"spec", "meshConfig", nullptr}},
    Installer{Kind::kIstioOperator, {"spec", "values", "meshConfig"}},
    Installer{Kind::kIstio, {"spec", "values", "meshConfig"}},
};

std::string revision_name(const Object& installer) {
  if (installer.kind == Kind::kIstio) return installer.ref.name;  // Sail: the revision's name is the object's
  return stated_or_default(string_member(installer.spec(), {"revision"}));
}

void add_installed(const Snapshot& snapshot, const Installer& installer, std::vector<MeshRevision>& revisions) {
  for (const ObjectPointer& object : snapshot.all(installer.kind)) {
    const json* config = &object->value;
    std::string field;
    for (const char* key : installer.path) {
      if (config == nullptr || key == nullptr) break;
      config = find_member(*config, {key});
      field += (field.empty() ? "" : ".") + std::string(key);
    }
    if (config == nullptr || !config->is_object()) continue;
    std::string name = revision_name(*object);
    const auto known = std::find_if(revisions.begin(), revisions.end(),
                                    [&](const MeshRevision& revision) { return revision.name == name; });
    if (known != revisions.end()) {
      // Two installers (files of different meshes): which of them holds is not known.
      if (known->config_map == nullptr && known->object != object.get()) known->readable = false;
      continue;
    }
    MeshRevision revision;
    revision.name = std::move(name);
    revision.config = *config;
    revision.object = object.get();
    revision.field = std::move(field);
    revisions.push_back(std::move(revision));
  }
}

void keep_oldest(const std::optional<mesh::Version>& version, std::optional<mesh::Version>& oldest) {
  if (version && (!oldest || *version < *oldest)) oldest = version;
}

std::optional<mesh::Version> version_of_pod(const json& pod_or_template) {
  if (string_member(pod_or_template, {"metadata", "labels", "app"}) != "istiod") return std::nullopt;
  // Of istiod's own container; others may have been injected beside it.
  const json& containers = array_member(pod_or_template, {"spec", "containers"});
  const auto discovery = std::find_if(containers.begin(), containers.end(), [](const json& container) {
    return string_member(container, {"name"}) == "discovery";
  });
  if (discovery != containers.end()) return mesh::version_of_image(string_member(*discovery, {"image"}));
  return containers.empty() ? std::nullopt : mesh::version_of_image(string_member(containers.front(), {"image"}));
}

}  // namespace

std::vector<MeshRevision> read_revisions(const Snapshot& snapshot) {
  std::vector<MeshRevision> revisions;
  for (const ObjectPointer& object : snapshot.all(Kind::kConfigMap)) {
    if (is_mesh_config_map(*object)) revisions.push_back(of_config_map(*object));
  }
  for (const Installer& installer : kInstallers) add_installed(snapshot, installer, revisions);
  // A second control plane's own ConfigMap of that name stands in another namespace: the root namespace's comes first.
  const auto rank = [&](const MeshRevision& revision) {
    return std::tuple(revision.name != kDefaultRevision, revision.name,
                      revision.object->ref.ns != snapshot.root_namespace());
  };
  std::stable_sort(revisions.begin(), revisions.end(),
                   [&](const MeshRevision& one, const MeshRevision& other) { return rank(one) < rank(other); });
  return revisions;
}

std::map<std::string, std::string, std::less<>> read_revision_tags(const Snapshot& snapshot) {
  std::map<std::string, std::string, std::less<>> tags;
  for (const ObjectPointer& webhook : snapshot.all(Kind::kMutatingWebhookConfiguration)) {
    const std::string tag = webhook->label(kTagLabel);
    if (!tag.empty()) tags.emplace(tag, stated_or_default(webhook->label(kRevisionLabel)));
  }
  return tags;
}

std::optional<mesh::Version> istio_version_of(const Snapshot& snapshot) {
  if (snapshot.options().istio) return snapshot.options().istio;
  std::optional<mesh::Version> oldest;
  for (const ObjectPointer& pod : snapshot.all(Kind::kPod)) keep_oldest(version_of_pod(pod->value), oldest);
  for (const ObjectPointer& deployment : snapshot.all(Kind::kDeployment)) {
    keep_oldest(version_of_pod(object_member(deployment->spec(), {"template"})), oldest);
  }
  if (oldest) return oldest;
  for (const ObjectPointer& installer : snapshot.all(Kind::kIstioOperator)) {
    keep_oldest(mesh::parse_version(string_member(installer->spec(), {"tag"})), oldest);
  }
  for (const ObjectPointer& installer : snapshot.all(Kind::kIstio)) {
    keep_oldest(mesh::parse_version(string_member(installer->spec(), {"version"})), oldest);
  }
  return oldest;
}

}  // namespace meshtrace::audit
