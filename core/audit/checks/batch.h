// The batch span processor's numbers of a container. Shared by MT0707 and MT0708.
#pragma once

#include <optional>
#include <string_view>

#include "core/audit/checks/environment.h"

namespace meshtrace::audit {

inline constexpr std::string_view kQueueVariable = "OTEL_BSP_MAX_QUEUE_SIZE";
inline constexpr std::string_view kBatchVariable = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";

// Spans; what SDKs take without a variable. Source: OpenTelemetry, "Environment Variable Specification".
inline constexpr int kDefaultQueue = 2048;
inline constexpr int kDefaultBatch = 512;

// Nothing where the variable comes from a source that is not known, or is no number over 0.
inline std::optional<int> number_of(const Model& model, const Workload& workload, const Container& container,
                                    std::string_view variable, int standard) {
  const Lookup found = look_up(model, workload, container, variable);
  if (!found.known) return std::nullopt;
  return found.value ? positive_number(*found.value) : std::optional(standard);
}

}  // namespace meshtrace::audit
