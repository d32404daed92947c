// What Istio's configuration comes to for a workload, as istiod computes it: mesh ConfigMaps, Telemetry precedence,
// providers, versions.
// Source: Istio, pilot/pkg/model/telemetry.go and istio.mesh.v1alpha1.MeshConfig.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/snapshot.h"
#include "core/audit/telemetry_model.h"
#include "core/mesh/version.h"

namespace meshtrace::audit {

struct Workload;

// One control plane's configuration.
struct MeshRevision {
  std::string name;                    // "default", "canary"
  const Object* config_map = nullptr;  // null where only an installer's object (IstioOperator, Istio) states it
  nlohmann::json config;               // MeshConfig, as read; an empty object where its text is none
  std::string text;                    // data.mesh
  const Object* object = nullptr;      // that states it: the ConfigMap, or the installer's object
  std::string field;                   // in `object`: "data.mesh", "spec.meshConfig", "spec.values.meshConfig"
  bool readable = true;                // false: its text is no YAML, or two installers differ; nothing is concluded
};

// What tracing comes to in one direction for a workload, and who said so.
struct Tracing {
  bool enabled = false;                            // a provider is in effect, and reporting is not disabled
  std::string provider;                            // its name; empty: none
  const nlohmann::json* provider_entry = nullptr;  // in extensionProviders; null: unknown or built in
  bool reporting_disabled = false;
  std::optional<double> sampling_percentage;  // stated by whom `percentage_from` says; absent: Istio's default of 1 %
  const Object* from = nullptr;               // the narrowest Telemetry that states tracing; null: the mesh's defaults
  const Object* percentage_from = nullptr;    // a Telemetry, the mesh ConfigMap, or the workload by its annotation
  // By defaultConfig.tracing, which holds where neither a Telemetry nor defaultProviders says anything:
  // `provider_entry` is that, {"zipkin": …}, and `provider` empty.
  bool is_legacy = false;
};

// What the access log comes to.
struct AccessLogging {
  bool enabled = false;
  std::string provider;                // empty: meshConfig's own accessLogFile
  std::string format;                  // of text; empty: Istio's default, or JSON
  nlohmann::json json_format;          // an object where the encoding is JSON
  const Object* from = nullptr;        // the Telemetry that decides; null: meshConfig
  std::vector<std::string> providers;  // all that log, `provider` the first of those that log to a file; sorted
};

class MeshModel {
 public:
  explicit MeshModel(const Snapshot& snapshot);

  [[nodiscard]] const std::vector<MeshRevision>& revisions() const { return revisions_; }  // the default one first
  // By the labels istio.io/rev of pod and namespace; null where no mesh ConfigMap is known.
  [[nodiscard]] const MeshRevision* revision_of(std::string_view ns,
                                                const std::map<std::string, std::string>& pod_labels) const;
  [[nodiscard]] Tracing tracing(std::string_view ns, const std::map<std::string, std::string>& pod_labels,
                                Direction direction) const;
  // Also by the annotation proxy.istio.io/config.
  [[nodiscard]] Tracing tracing(const Workload& workload, Direction direction) const;
  [[nodiscard]] AccessLogging access_logging(std::string_view ns, const std::map<std::string, std::string>& pod_labels,
                                             Direction direction) const;
  [[nodiscard]] const TelemetryIndex& telemetries() const { return telemetries_; }
  // The oldest control plane's; absent: not known.
  [[nodiscard]] const std::optional<mesh::Version>& istio() const { return istio_; }

 private:
  const Snapshot& snapshot_;
  std::vector<MeshRevision> revisions_;
  std::map<std::string, std::string, std::less<>> tags_;  // revision by tag: "prod" is "canary"
  TelemetryIndex telemetries_;
  std::optional<mesh::Version> istio_;
};

}  // namespace meshtrace::audit
