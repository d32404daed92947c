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
    json object = result_of(action);
    // A version that no API server gives: whatever comes from there is newer.
    object["metadata"]["resourceVersion"] = kube::metadata_string(action.observed, "resourceVersion") + "-dry-run";
    cache_.observe(kind, object);
  }
  return {};
}

}  // namespace meshtrace::controller
