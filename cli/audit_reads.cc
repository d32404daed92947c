#include "cli/audit_reads.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/audit/table.h"
#include "kube/request.h"

namespace meshtrace::cli {
namespace {

// Of the model that every check stands on.
const audit::Kinds kAlways{audit::Kind::kNamespace, audit::Kind::kTracingPolicy};

audit::Kinds kinds_of(const std::vector<std::string_view>& codes) {
  audit::Kinds kinds = kAlways;
  for (const std::string_view code : codes) {
    const audit::Check* check = audit::find_check(code);
    if (check != nullptr) kinds = kinds | check->subjects | check->reads;
  }
  return kinds;
}

std::string can_i(std::string_view verb, const audit::KindName& name, const std::string& where) {
  const kube::Resource resource{std::string(name.group), "", std::string(name.plural), ""};
  return fmt::format("kubectl auth can-i {} {}{}\n", verb, resource.name(), where);
}

}  // namespace

std::vector<audit::Kind> kinds_to_list(const std::vector<std::string_view>& codes) {
  const audit::Kinds wanted = kinds_of(codes);
  std::vector<audit::Kind> kinds;
  for (const audit::KindName& name : audit::kind_names()) {
    if (wanted.has(name.kind) && name.kind != audit::Kind::kConfigMap) kinds.push_back(name.kind);
  }
  return kinds;
}

bool reads_config_maps(const std::vector<std::string_view>& codes) {
  return kinds_of(codes).has(audit::Kind::kConfigMap);
}

std::string permission_commands(const std::vector<std::string_view>& codes, const std::string& root_namespace) {
  std::string out = fmt::format("kubectl auth can-i get {}\n", kGroupsPath);
  for (const audit::Kind kind : kinds_to_list(codes)) {
    const audit::KindName& name = audit::name_of(kind);
    out += can_i("list", name, name.namespaced ? " --all-namespaces" : "");
  }
  if (reads_config_maps(codes)) {
    const audit::KindName& name = audit::name_of(audit::Kind::kConfigMap);
    out += can_i("list", name, " --namespace " + root_namespace);
    out += can_i("get", name, " --all-namespaces");
  }
  return out;
}

}  // namespace meshtrace::cli
