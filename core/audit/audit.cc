#include "core/audit/audit.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/audit/fix.h"
#include "core/audit/table.h"
#include "core/yaml/yaml.h"

namespace meshtrace::audit {
namespace {

// "MT0101" by itself or by its group "MT01".
bool names(const std::set<std::string>& codes, std::string_view code) {
  return std::any_of(codes.begin(), codes.end(), [code](const std::string& one) {
    return one == code || (one.size() == 4 && code.starts_with(one));
  });
}

bool lists_code(std::string_view list, std::string_view code) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    if (list.substr(0, end) == code) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

const Object* object_of(const Snapshot& snapshot, const ObjectRef& ref) {
  const auto kind = find_kind(ref.api_version, ref.kind);
  return kind ? snapshot.find(*kind, ref.ns, ref.name) : nullptr;
}

bool is_wanted(const Finding& finding, const Selection& selection) {
  return selection.namespaces.empty() || finding.object.ns.empty() || selection.namespaces.contains(finding.object.ns);
}

auto order_of(const Finding& finding) {
  return std::tie(finding.file, finding.object.ns, finding.object.kind, finding.object.name, finding.code, finding.line,
                  finding.field, finding.message);
}

}  // namespace

void run_check(const Check& check, const Model& model, const Object& subject, std::vector<Finding>& findings) {
  Findings out(check.code, check.severity, findings);
  check.run(model, subject, out);
}

bool is_ignored(const Snapshot& snapshot, const ObjectRef& ref, std::string_view code) {
  const Object* object = object_of(snapshot, ref);
  if (object != nullptr && lists_code(object->annotation(kIgnoreAnnotation), code)) return true;
  const Object* ns = ref.ns.empty() ? nullptr : snapshot.find(Kind::kNamespace, "", ref.ns);
  return ns != nullptr && lists_code(ns->annotation(kIgnoreAnnotation), code);
}

void locate(const Snapshot& snapshot, std::vector<Finding>& findings) {
  // One document for all findings of an object: the first question reads its text again.
  std::map<const Object*, yaml::Document> documents;
  for (Finding& finding : findings) {
    const Object* object = object_of(snapshot, finding.object);
    if (object == nullptr || object->place.file.empty()) continue;
    const Place& place = object->place;
    auto [it, is_new] = documents.try_emplace(object);
    if (is_new) it->second = {place.file, place.text, place.first_line, place.is_json, {}, nullptr};
    finding.file = place.file;
    finding.line = it->second.at(place.pointer + pointer_of(finding.field)).line;
  }
}

Audited run_audit(const Model& model, const Selection& selection) {
  Audited audited;
  audited.objects = model.snapshot.size();
  for (const Check* check : checks()) {
    if (!selection.include.empty() && !names(selection.include, check->code)) continue;
    std::vector<Finding> found;
    for (const KindName& kind : kind_names()) {
      if (!check->subjects.has(kind.kind)) continue;
      for (const ObjectPointer& subject : model.snapshot.all(kind.kind)) run_check(*check, model, *subject, found);
    }
    for (Finding& finding : found) {
      if (!is_wanted(finding, selection)) continue;
      if (names(selection.exclude, check->code) || is_ignored(model.snapshot, finding.object, check->code)) {
        ++audited.suppressed;
      } else {
        audited.findings.push_back(std::move(finding));
      }
    }
  }
  locate(model.snapshot, audited.findings);
  std::sort(audited.findings.begin(), audited.findings.end(),
            [](const Finding& one, const Finding& other) { return order_of(one) < order_of(other); });
  const auto last = std::unique(audited.findings.begin(), audited.findings.end());
  audited.findings.erase(last, audited.findings.end());
  return audited;
}

}  // namespace meshtrace::audit
