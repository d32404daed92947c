// The Telemetry objects of a cluster, sorted once: others' by the scope at which istiod takes them, ours by name.
// Source: Istio, pilot/pkg/model/telemetry.go: of several without selector in one namespace the oldest alone counts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/mesh/facts.h"

namespace meshtrace::mesh {

class Telemetries {
 public:
  // The objects must outlive this.
  explicit Telemetries(const std::vector<nlohmann::json>& objects);

  // The oldest of somebody else's with exactly this selector; without labels the one that istiod uses for the whole
  // namespace (or, in the root namespace, the mesh). Null for none.
  [[nodiscard]] const nlohmann::json* others(const std::string& ns,
                                             const std::map<std::string, std::string>& match_labels = {}) const;

  // Names of providers that any access log names, ours and others': these must not leave a text.
  [[nodiscard]] const std::set<std::string>& logging_providers() const { return logging_providers_; }

 private:
  struct Scope {
    std::string ns;
    std::map<std::string, std::string> match_labels;
    friend auto operator<=>(const Scope&, const Scope&) = default;
  };
  std::map<Scope, const nlohmann::json*> others_;
  std::set<std::string> logging_providers_;
};

// Names of the providers of an entry of spec.accessLogging or spec.tracing.
std::vector<std::string> provider_names(const nlohmann::json& entry);

}  // namespace meshtrace::mesh
