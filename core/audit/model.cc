#include "core/audit/model.h"

#include <utility>
#include <vector>

#include "core/policy/decode.h"

namespace meshtrace::audit {
namespace {

// What cannot be decoded takes no part, as in webhook and controller; `validate` says why.
policy::Index read_policies(const Snapshot& objects) {
  policy::DecodeOptions options;
  options.root_namespace = objects.root_namespace();
  options.unknown_fields = policy::DecodeOptions::UnknownFields::kWarn;
  std::vector<policy::TracingPolicy> policies;
  for (const ObjectPointer& object : objects.all(Kind::kTracingPolicy)) {
    options.default_namespace = object->ref.ns;
    policy::Decoded decoded = policy::decode(object->value, options);
    if (decoded.policy) policies.push_back(*std::move(decoded.policy));
  }
  return {std::move(policies), objects.root_namespace()};
}

}  // namespace

Model::Model(const Snapshot& objects)
    : snapshot(objects),
      policies(read_policies(objects)),
      mesh(objects),
      workloads(objects, policies),
      paths(objects, mesh, workloads) {}

}  // namespace meshtrace::audit
