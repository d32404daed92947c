// Adding and removing one finalizer, without losing those that others add or remove at the same time: the patch holds
// the whole list and the version that it was made from, so that it fails (409) if anything changed meanwhile.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "kube/object_request.h"

namespace meshtrace::kube {

bool has_finalizer(const nlohmann::json& object, std::string_view finalizer);

// Whether somebody asked for the object's deletion; finalizers are what it still waits for.
bool is_being_deleted(const nlohmann::json& object);

// Nothing when it is there already, or when the object is being deleted: then the API server would refuse it.
std::optional<Request> add_finalizer_request(const Resource& resource, const nlohmann::json& object,
                                             std::string_view finalizer, const WriteOptions& options);

// Nothing when it is not there. Removing the last one of an object that is being deleted deletes it.
std::optional<Request> remove_finalizer_request(const Resource& resource, const nlohmann::json& object,
                                                std::string_view finalizer, const WriteOptions& options);

}  // namespace meshtrace::kube
