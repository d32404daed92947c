#include "kube/object_request.h"

#include <utility>

#include "kube/json.h"

namespace meshtrace::kube {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kMergePatch = "application/merge-patch+json";
constexpr const char* kJsonPatch = "application/json-patch+json";
// JSON is YAML; a media type of its own for JSON is younger than the API servers that we support.
constexpr const char* kApplyPatch = "application/apply-patch+yaml";

std::string body_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Request write(const char* method, std::string path, const nlohmann::json& body, const char* content_type) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  request.body = body_of(body);
  request.content_type = content_type;
  return request;
}

void set_options(Request& request, const std::string& field_manager, bool dry_run) {
  if (!field_manager.empty()) request.query.emplace_back("fieldManager", field_manager);
  if (dry_run) request.query.emplace_back("dryRun", "All");
}

}  // namespace

std::string object_path(const Resource& resource, std::string_view name, std::string_view subresource) {
  std::string path = collection_path(resource);
  path.append("/").append(name);
  if (!subresource.empty()) path.append("/").append(subresource);
  return path;
}

Request get_request(const Resource& resource, std::string_view name, bool metadata_only) {
  Request request;
  request.path = object_path(resource, name);
  if (metadata_only) request.accept = kAcceptMetadata;
  return request;
}

Request create_request(const Resource& resource, const nlohmann::json& object, const WriteOptions& options) {
  Request request = write("POST", collection_path(resource), object, kJson);
  set_options(request, options.field_manager, options.dry_run);
  return request;
}

Request replace_request(const Resource& resource, const nlohmann::json& object, const WriteOptions& options) {
  Request request =
      write("PUT", object_path(resource, metadata_string(object, "name"), options.subresource), object, kJson);
  set_options(request, options.field_manager, options.dry_run);
  return request;
}

Request merge_patch_request(const Resource& resource, std::string_view name, const nlohmann::json& patch,
                            const WriteOptions& options) {
  Request request = write("PATCH", object_path(resource, name, options.subresource), patch, kMergePatch);
  set_options(request, options.field_manager, options.dry_run);
  return request;
}

Request json_patch_request(const Resource& resource, std::string_view name, const nlohmann::json& patch,
                           const WriteOptions& options) {
  Request request = write("PATCH", object_path(resource, name, options.subresource), patch, kJsonPatch);
  set_options(request, options.field_manager, options.dry_run);
  return request;
}

Request apply_request(const Resource& resource, const nlohmann::json& object, const ApplyOptions& options) {
  Request request =
      write("PATCH", object_path(resource, metadata_string(object, "name"), options.subresource), object, kApplyPatch);
  set_options(request, options.field_manager, options.dry_run);
  if (options.force) request.query.emplace_back("force", "true");
  return request;
}

Request delete_request(const Resource& resource, std::string_view name, const DeleteOptions& options) {
  nlohmann::json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty()) body["preconditions"]["resourceVersion"] = options.resource_version;
  if (options.dry_run) body["dryRun"] = {"All"};
  return write("DELETE", object_path(resource, name), body, kJson);
}

}  // namespace meshtrace::kube
