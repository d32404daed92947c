#include "controller/writer.h"

#include <utility>

#include "core/mesh/document.h"
#include "kube/conflict.h"
#include "kube/finalizer.h"
#include "kube/json.h"
#include "kube/object_request.h"
#include "net/process/log.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;
using Verb = Action::Verb;

const char* const kManager = mesh::kManagedByValue;
constexpr int kTooManyRequests = 429;
constexpr int kServerErrors = 500;  // and above

Written failed(WriteResult result, std::string problem) {
  Written written;
  written.result = result;
  written.problem = std::move(problem);
  return written;
}

std::optional<Kind> kind_of(const std::string& name) {
  for (const Kind kind : kKinds) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

kube::Resource resource_of(const mesh::ObjectRef& ref) {
  kube::Resource resource = resource_of(kind_of(ref.kind).value_or(Kind::kConfigMap));
  resource.ns = ref.ns;
  return resource;
}

// All but an apply, which may take two. Nothing where the object is as it should be meanwhile.
std::optional<kube::Request> request_for(const Action& action) {
  const kube::Resource resource = resource_of(action.object);
  switch (action.verb) {
    case Verb::kAddFinalizer:
      return kube::add_finalizer_request(resource, action.observed, mesh::kFinalizer, {.field_manager = kManager});
    case Verb::kRemoveFinalizer:
      return kube::remove_finalizer_request(resource, action.observed, mesh::kFinalizer, {.field_manager = kManager});
    case Verb::kStatus:
      return kube::merge_patch_request(resource, action.object.name, action.body,
                                       {.field_manager = kManager, .subresource = "status"});
    case Verb::kText:
      return kube::merge_patch_request(resource, action.object.name, action.body, {.field_manager = kManager});
    case Verb::kDelete:
      return kube::delete_request(resource, action.object.name,
                                  {.uid = kube::metadata_string(action.observed, "uid"),
                                   .resource_version = kube::metadata_string(action.observed, "resourceVersion")});
    case Verb::kApply:
      // Force only over what is ours already: an object of that name that somebody else made is not taken over.
      return kube::apply_request(resource, action.body,
                                 {.field_manager = kManager, .force = !action.observed.is_null()});
  }
  return std::nullopt;
}

Written refusal(const kube::Reply& reply) {
  Written written;
  const auto conflicts = kube::conflicts_of(reply);
  // A version that is not the current one comes right by itself; a field of somebody else's does not.
  const bool outdated = reply.status == kube::kConflict && conflicts.empty();
  written.result = outdated ? WriteResult::kConflict : WriteResult::kRefused;
  written.problem = kube::describe_refusal(reply);
  for (const auto& conflict : conflicts) written.problem += "; " + conflict.field + " is owned by " + conflict.manager;
  written.overloaded = reply.status == kTooManyRequests || reply.status >= kServerErrors;
  written.retry_after = reply.retry_after.value_or(std::chrono::seconds(0));
  return written;
}

}  // namespace

Written ApiWriter::send(const Action& action, const kube::Request& request, json* stored) {
  if (!may_write_()) return failed(WriteResult::kNotLeader, "another replica leads");
  const auto reply = send_(request);
  if (!reply) return failed(WriteResult::kNoReply, reply.error().message());
  // What is to be deleted or said of an object that is gone is done.
  const bool gone = reply->status == kube::kNotFound && action.verb != Verb::kApply && action.verb != Verb::kText;
  if (!reply->ok() && !gone) return refusal(*reply);
  const Kind kind = *kind_of(action.object.kind);
  auto object = kube::parse_json("reply", reply->body);
  const bool finished = object && action.verb == Verb::kRemoveFinalizer && kube::is_being_deleted(*object) &&
                        object->at("metadata").value("finalizers", json::array()).empty();
  if (gone || finished || action.verb == Verb::kDelete) {
    cache_.forget(kind, {action.object.ns, action.object.name});
    return {};
  }
  Written written;
  if (object && object->is_object() && object->contains("metadata")) {
    written.resource_version = kube::metadata_string(*object, "resourceVersion");
    cache_.observe(kind, *object);
    if (stored != nullptr) *stored = std::move(*object);
  }
  return written;
}

Written ApiWriter::apply(const Action& action) {
  if (!action.observed.is_null() && !mesh::is_ours(action.observed)) {
    return failed(WriteResult::kRefused, "there is an object of that name that is not ours: rename it or the policy");
  }
  json stored;
  Written written = send(action, *request_for(action), &stored);
  if (written.result != WriteResult::kWritten || stored.is_null()) return written;
  // What others added stays theirs through an apply.
  const auto surplus = difference(action.body, stored).surplus;
  if (surplus.empty()) return written;
  json patch = removal_of(surplus);
  patch["metadata"]["resourceVersion"] = kube::metadata_string(stored, "resourceVersion");
  return send(
      action,
      kube::merge_patch_request(resource_of(action.object), action.object.name, patch, {.field_manager = kManager}),
      nullptr);
}

Written ApiWriter::write_uncounted(const Action& action) {
  if (action.verb == Verb::kApply) return apply(action);
  const auto request = request_for(action);
  if (!request) return {};
  return send(action, *request, nullptr);
}

Written ApiWriter::write(const Action& action) {
  Written written = write_uncounted(action);
  metrics_.count_write(action.object.kind, name_of(action.verb), written.result);
  if (written.result != WriteResult::kWritten) {
    log::warn("write failed, to be tried again", {{"kind", action.object.kind},
                                                  {"namespace", action.object.ns},
                                                  {"name", action.object.name},
                                                  {"verb", name_of(action.verb)},
                                                  {"problem", written.problem}});
    return written;
  }
  // Statuses are many and say what happened elsewhere.
  log::write(action.verb == Verb::kStatus ? log::Level::kDebug : log::Level::kInfo, "written",
             {{"kind", action.object.kind},
              {"namespace", action.object.ns},
              {"name", action.object.name},
              {"verb", name_of(action.verb)}});
  return written;
}

}  // namespace meshtrace::controller
