// TracingPolicy as a value: identity, selector, and the checked spec. Reading is decode.h, merging is index.h.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace meshtrace::policy {

inline constexpr const char* kApiVersion = "meshtrace.io/v1alpha1";
inline constexpr const char* kKind = "TracingPolicy";
inline constexpr const char* kDefaultRootNamespace = "istio-system";
// Label on a pod or a Namespace whose value "false" opts out of injection.
inline constexpr const char* kInjectLabel = "meshtrace.io/inject";
// Annotation set at admission: the hash of the effective policy.
inline constexpr const char* kMarkAnnotation = "meshtrace.io/injected";
// Annotation of the user's: names of variables, separated by commas, that are left alone.
inline constexpr const char* kKeepEnvAnnotation = "meshtrace.io/keep-env";

// One finding about one field, ready to print: "spec.sampling.owner: Unsupported value: …".
struct FieldError {
  std::string path;     // spec.sampling.owner, spec.workload.propagators[1]
  std::string message;  // names the value, what is allowed and, for a misspelling, the nearest allowed one
  friend bool operator==(const FieldError&, const FieldError&) = default;
};

enum class Mode { kEnforce, kAudit };

struct TracingPolicy {
  std::string ns;                  // metadata.namespace; never empty after decoding
  std::string name;                // metadata.name
  std::string uid;                 // empty offline
  std::string resource_version;    // empty offline
  std::string creation_timestamp;  // RFC 3339 in UTC, as the API server writes it, so that text order is time order;
                                   // empty is the youngest of all
  std::int64_t generation = 0;
  bool deleting = false;  // metadata.deletionTimestamp is set: the policy takes no part in anything any more
  Mode mode = Mode::kEnforce;
  std::map<std::string, std::string> match_labels;  // spec.selector.matchLabels; empty: no selector
  nlohmann::json spec;  // the inheritable groups alone (sampling, workload, proxy): checked, without nulls
};

}  // namespace meshtrace::policy
