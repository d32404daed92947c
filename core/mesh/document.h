// What the objects that we write have in common: their metadata, and whether one stands as it should.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/mesh/facts.h"
#include "core/policy/policy.h"

namespace meshtrace::mesh {

inline constexpr const char* kPartOfLabel = "app.kubernetes.io/part-of";
inline constexpr const char* kPolicyAnnotation = "meshtrace.io/policy";  // namespace/name

// "meshtrace-<policy>"; a name that would be over 253 characters is cut and ends in a hash of the whole.
std::string document_name(const std::string& policy);

// An object for server-side apply by its kind (EnvoyFilter, Telemetry): labels, the annotation that names the policy,
// and an owner reference where the policy's uid is known.
nlohmann::json make_document(const char* kind, const policy::TracingPolicy& policy, nlohmann::json spec);

ObjectRef ref_of(const nlohmann::json& document);

// True for an object that carries our managed-by label.
bool is_ours(const nlohmann::json& object);

// True where applying `wanted` would change nothing of `standing`: the spec is equal, our labels, annotations and owner
// references are there. What others added to its metadata does not count.
bool stands(const nlohmann::json& standing, const nlohmann::json& wanted);

}  // namespace meshtrace::mesh
