#include "cli/policies.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/policy/decode.h"

namespace meshtrace::cli {
namespace {

std::vector<Error> at_lines(const Object& object, const std::vector<policy::FieldError>& findings) {
  std::vector<Error> errors;
  for (const policy::FieldError& finding : findings) {
    const std::string path = finding.path.empty() ? "" : finding.path + ": ";
    errors.push_back({object.place(finding.path), object.title() + ": " + path + finding.message});
  }
  return errors;
}

void append(std::vector<Error>& to, std::vector<Error> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

LoadedPolicies load_policies(const Manifests& manifests, const Scope& scope) {
  policy::DecodeOptions options;
  options.root_namespace = scope.root_namespace;
  options.default_namespace = scope.default_namespace;
  LoadedPolicies loaded;
  std::map<std::string, std::string> seen;  // namespace/name to place
  for (const Manifest& manifest : manifests) {
    for (const Object& object : manifest.objects) {
      if (!policy::is_tracing_policy(*object.value)) continue;
      ++loaded.found;
      policy::Decoded decoded = policy::decode(*object.value, options);
      append(loaded.errors, at_lines(object, decoded.errors));
      append(loaded.warnings, at_lines(object, decoded.warnings));
      if (!decoded.policy) continue;
      const std::string place = object.place();
      const std::string id = decoded.policy->ns + "/" + decoded.policy->name;
      if (const auto [first, is_new] = seen.emplace(id, place); !is_new) {
        loaded.errors.push_back({place, fmt::format("TracingPolicy {} is already at {}", id, first->second)});
        continue;
      }
      loaded.policies.push_back(*std::move(decoded.policy));
      loaded.places.push_back(place);
    }
  }
  return loaded;
}

}  // namespace meshtrace::cli
