#include "kube/finalizer.h"

#include <algorithm>
#include <utility>

#include "kube/json.h"

namespace meshtrace::kube {
namespace {

nlohmann::json finalizers_of(const nlohmann::json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return nlohmann::json::array();
  const auto found = metadata->find("finalizers");
  return found != metadata->end() && found->is_array() ? *found : nlohmann::json::array();
}

Request set_finalizers(const Resource& resource, const nlohmann::json& object, nlohmann::json finalizers,
                       const WriteOptions& options) {
  nlohmann::json patch = {
      {"metadata",
       {{"resourceVersion", metadata_string(object, "resourceVersion")}, {"finalizers", std::move(finalizers)}}}};
  return merge_patch_request(resource, metadata_string(object, "name"), patch, options);
}

}  // namespace

bool has_finalizer(const nlohmann::json& object, std::string_view finalizer) {
  const nlohmann::json finalizers = finalizers_of(object);
  return std::find(finalizers.begin(), finalizers.end(), finalizer) != finalizers.end();
}

bool is_being_deleted(const nlohmann::json& object) { return !metadata_string(object, "deletionTimestamp").empty(); }

std::optional<Request> add_finalizer_request(const Resource& resource, const nlohmann::json& object,
                                             std::string_view finalizer, const WriteOptions& options) {
  if (has_finalizer(object, finalizer) || is_being_deleted(object)) return std::nullopt;
  nlohmann::json finalizers = finalizers_of(object);
  finalizers.push_back(finalizer);
  return set_finalizers(resource, object, std::move(finalizers), options);
}

std::optional<Request> remove_finalizer_request(const Resource& resource, const nlohmann::json& object,
                                                std::string_view finalizer, const WriteOptions& options) {
  if (!has_finalizer(object, finalizer)) return std::nullopt;
  nlohmann::json finalizers = finalizers_of(object);
  finalizers.erase(std::remove(finalizers.begin(), finalizers.end(), finalizer), finalizers.end());
  return set_finalizers(resource, object, std::move(finalizers), options);
}

}  // namespace meshtrace::kube
