// Versions of Istio and Envoy, and which Envoy an Istio release runs.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace meshtrace::mesh {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
  [[nodiscard]] std::string text() const;  // "1.31.1"
};

// The version that an image tag or a proxy's report begins with: "1.31.1", "v1.31.1-distroless", "1.32-alpha.abc".
// Empty for one that has none ("latest").
std::optional<Version> parse_version(std::string_view text);

// The Envoy of an Istio release's proxies; only major and minor are meaningful. Source: Istio's supported releases.
Version envoy_of_istio(const Version& istio);

}  // namespace meshtrace::mesh
