#include <iostream>

#include "controller/writer.h"
#include "kube/finalizer.h"
#include "kube/json.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;
using Verb = Action::Verb;

Kind kind_of(const std::string& name) {
  for (const Kind kind : kKinds) {
    if (name_of(kind) == name) return kind;
  }
  return Kind::kConfigMap;
}

// The object as the write would leave it, under a version that no API server gives: whatever comes from there is newer.
json result_of(const Action& action) {
  json object = action.observed.is_null() ? json::object() : action.observed;
  switch (action.verb) {
    case Verb::kAddFinalizer:
      object["metadata"]["finalizers"].push_back(mesh::kFinalizer);
      break;
    case Verb::kRemoveFinalizer:
      object["metadata"].erase("finalizers");
      break;
    case Verb::kApply:
      object = action.body;
      break;
    case Verb::kStatus:
    case Verb::kText:
      object.merge_patch(action.body);
      break;
    case Verb::kDelete:
      break;
  }
  object["metadata"]["resourceVersion"] = kube::metadata_string(action.observed, "resourceVersion") + "-dry-run";
  return object;
}

}  // namespace

Written PrintingWriter::write(const Action& action) {
  json body = action.body;
  if (body.contains("metadata")) body["metadata"].erase("resourceVersion");
  const json line = {{"verb", name_of(action.verb)},
                     {"kind", action.object.kind},
                     {"namespace", action.object.ns},
                     {"name", action.object.name},
                     {"body", body}};
  std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace);
  // A watch that is opened again brings the cluster's own state back: what was printed of it is not printed twice.
  if (printed_.size() >= kMaxPrinted) printed_.clear();
  if (printed_.insert(text).second) std::cout << text << std::endl;
  const Kind kind = kind_of(action.object.kind);
  if (action.verb == Verb::kDelete ||
      (action.verb == Verb::kRemoveFinalizer && kube::is_being_deleted(action.observed))) {
    cache_.forget(kind, {action.object.ns, action.object.name});
  } else {
    cache_.observe(kind, result_of(action));
  }
  return {};
}

}  // namespace meshtrace::controller
