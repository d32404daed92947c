#include <fmt/format.h>

#include <map>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/envoy_filters.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"
#include "core/audit/workload_read.h"
#include "core/base/json.h"
#include "core/mesh/document.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 16;  // of settings that are compared

// Scalars that a patch merges into the connection manager, by their names with underscores:
// "tracing.random_sampling.value".
struct Scalar {
  json value;
  std::string field;
};
using Scalars = std::map<std::string, Scalar>;

std::string snake(std::string_view key) {
  std::string name;
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z') name += '_';
    name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return name;
}

void collect(const json& value, const std::string& path, const std::string& field, int depth, Scalars& scalars) {
  if (value.is_object()) {
    // Another "@type" is another message; what is in it replaces the whole.
    if (depth > 0 && value.contains("@type")) return;
    for (const auto& [key, member] : value.items()) {
      if (key == "@type" || depth >= kMaxDepth) continue;
      collect(member, path.empty() ? snake(key) : path + "." + snake(key), field + "." + key, depth + 1, scalars);
    }
  } else if (!value.is_array()) {
    scalars[path] = {value, field};
  }
}

Scalars scalars_of(const FilterPatch& patch) {
  Scalars scalars;
  collect(object_member(*patch.value, {"typed_config"}), "", patch.field + ".patch.value.typed_config", 0, scalars);
  return scalars;
}

bool meet(const FilterPatch& one, const FilterPatch& other) {
  return one.context == "ANY" || other.context == "ANY" || one.context == other.context;
}

// The first setting of the patch that a later patch of the filter sets to something else.
struct Loss {
  std::string path;
  Scalar mine;
  json theirs;
};
std::optional<Loss> loss_to(const FilterPatch& patch, const Scalars& mine, const Object& winner) {
  for (const FilterPatch& other : patches_of(winner)) {
    if (!merges_connection_manager(other) || !meet(patch, other)) continue;
    for (const auto& [path, scalar] : scalars_of(other)) {
      const auto found = mine.find(path);
      if (found != mine.end() && found->second.value != scalar.value) return Loss{path, found->second, scalar.value};
    }
  }
  return std::nullopt;
}

bool reach_both(const Model& model, const Object& filter, const Object& other, const Proxy& proxy) {
  return reaches(model.snapshot, filter, proxy) && reaches(model.snapshot, other, proxy);
}

// A proxy at which the other filter is applied after this one; empty where there is none.
std::string meeting_place(const Model& model, const Object& filter, const Object& other) {
  if (!is_applied_before(model.snapshot, filter, other)) return "";
  for (const PathNode& node : model.paths.nodes()) {
    if (!may_reach(model.snapshot, filter, node) || !may_reach(model.snapshot, other, node)) continue;
    if (reach_both(model, filter, other, proxy_of(model.snapshot, node))) return node.title;
  }
  // Two that select alike meet at every proxy, also where none is known.
  const Proxy selected{.ns = filter.ref.ns == model.snapshot.root_namespace() ? other.ref.ns : filter.ref.ns,
                       .labels = strings_of(object_member(filter.spec(), {"workloadSelector", "labels"}))};
  return reach_both(model, filter, other, selected) ? "proxies of " + selected.ns : "";
}

void report_lists(const Object& filter, const FilterPatch& patch, Findings& findings) {
  const json& config = object_member(*patch.value, {"typed_config"});
  const json* filters = proto_member(config, "http_filters");
  if (filters == nullptr || !filters->is_array()) return;
  const char* key = config.contains("http_filters") ? "http_filters" : "httpFilters";
  findings.add(
      filter,
      "A MERGE appends to lists: these HTTP filters come after the router, which must be the last, and Envoy refuses "
      "the listener. It keeps its old configuration, and every later change is blocked, too.",
      {.field = patch.field + ".patch.value.typed_config." + key,
       .fix = fmt::format("In {}, insert each filter by a patch of its own: applyTo HTTP_FILTER, operation "
                          "INSERT_BEFORE, subFilter envoy.filters.http.router.",
                          filter.ref.title()),
       .severity = Severity::kError});
}

void report_loss(const Model& model, const Object& filter, const FilterPatch& patch, Findings& findings) {
  const Scalars mine = scalars_of(patch);
  if (mine.empty()) return;
  for (const ObjectPointer& other : model.snapshot.all(Kind::kEnvoyFilter)) {
    // Between two of ours the narrower policy is meant to win.
    if (other.get() == &filter || (mesh::is_ours(other->value) && mesh::is_ours(filter.value))) continue;
    const std::string& root = model.snapshot.root_namespace();
    if (other->ref.ns != filter.ref.ns && other->ref.ns != root && filter.ref.ns != root) continue;
    const auto loss = loss_to(patch, mine, *other);
    const std::string where = loss ? meeting_place(model, filter, *other) : "";
    if (where.empty()) continue;
    findings.add(filter,
                 fmt::format("At {}, {} is {} and not {}: {} is applied later and sets it, too.", where, loss->path,
                             loss->theirs.dump(), loss->mine.value.dump(), other->ref.title()),
                 {.field = loss->mine.field, .fix = patch_command(filter, remove_field(filter, loss->mine.field))});
    return;
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  for (const FilterPatch& patch : patches_of(subject)) {
    if (!merges_connection_manager(patch)) continue;
    report_lists(subject, patch, findings);
    report_loss(model, subject, patch, findings);
  }
}

}  // namespace

const Check kClobbered{
    .code = "MT0603",
    .severity = Severity::kWarning,
    .title = "EnvoyFilter's setting that another one overrides",
    .effect = "A header limit or a tracing setting is not what this EnvoyFilter says.",
    .page =
        R"(Two EnvoyFilters merge different values of one setting into the HTTP connection manager of the same proxy. istiod
applies them by rising `priority`; of equal ones the root namespace's first, then the older, then by name: the last one
holds. The finding is on the one that loses; take its setting out, or give it the higher priority. Lists are not overridden
but appended to, which is an error of its own for `http_filters`: what comes after the router makes Envoy refuse the whole
listener (run with Envoy 1.40).

Compared are patches to every connection manager of a context; those for one port or listener are left out.

Sources: Istio, EnvoyFilter `priority`; pilot/pkg/model/push_context.go (EnvoyFilters).)",
    .subjects = {Kind::kEnvoyFilter},
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
