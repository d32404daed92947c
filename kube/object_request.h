// Requests for one object: read, create, replace, patch, apply, delete. As kube/request.h, values that net/client
// sends.
//
// A request that must not lose another writer's change carries a precondition: an object that is replaced its
// metadata.resourceVersion, a patch or a deletion the options' below. The API server answers 409 Conflict when it does
// not hold.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "kube/request.h"

namespace meshtrace::kube {

// /apis/…/PLURAL/NAME[/SUBRESOURCE]
std::string object_path(const Resource& resource, std::string_view name, std::string_view subresource = {});

Request get_request(const Resource& resource, std::string_view name, bool metadata_only = false);

struct WriteOptions {
  std::string field_manager = {};  // who is recorded in managedFields; empty: what User-Agent begins with
  std::string subresource = {};    // "status"; empty: the object itself
  bool dry_run = false;            // the API server does everything but keep it
};

// The name, or generateName, is in the object's metadata.
Request create_request(const Resource& resource, const nlohmann::json& object, const WriteOptions& options);

// The whole object, under its metadata.name. With metadata.resourceVersion it replaces that version alone.
Request replace_request(const Resource& resource, const nlohmann::json& object, const WriteOptions& options);

// RFC 7386: null removes, lists are replaced whole. A metadata.resourceVersion in the patch is a precondition.
Request merge_patch_request(const Resource& resource, std::string_view name, const nlohmann::json& patch,
                            const WriteOptions& options);

// RFC 6902: a list of operations, of which `test` is a precondition (422 when it does not hold).
Request json_patch_request(const Resource& resource, std::string_view name, const nlohmann::json& patch,
                           const WriteOptions& options);

struct ApplyOptions {
  std::string field_manager;     // must not be empty: the API server refuses it
  bool force = false;            // take the fields that others own; without it that is a 409, see kube/conflict.h
  std::string subresource = {};  // as above
  bool dry_run = false;
};
// Server-side apply: `object` holds exactly the fields that the manager wants to own, with apiVersion, kind and
// metadata.name, and is created if it is not there.
Request apply_request(const Resource& resource, const nlohmann::json& object, const ApplyOptions& options);

struct DeleteOptions {
  // Preconditions: delete this one, not another of the same name, and not a version that was not looked at.
  std::string uid = {};
  std::string resource_version = {};
  bool dry_run = false;
};
Request delete_request(const Resource& resource, std::string_view name, const DeleteOptions& options);

}  // namespace meshtrace::kube
