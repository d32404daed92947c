#include "core/policy/batch.h"

#include <fmt/format.h>

#include "core/trace/duration.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;

// Default is what the OpenTelemetry specification has for OTEL_BSP_*; HighThroughput is for over 10,000 spans a second
// in one instance: it empties the queue five times as often, in batches four times as large.
BatchSpanProcessor profile_values(const json& stated) {
  BatchSpanProcessor values;
  if (stated.value("profile", "Default") == "HighThroughput") {
    values.schedule_delay = std::chrono::milliseconds(1000);
    values.max_queue_size = 4096;
    values.max_export_batch_size = 2048;
  }
  return values;
}

std::optional<std::chrono::milliseconds> duration_at(const json& stated, const char* name) {
  const auto member = stated.find(name);
  if (member == stated.end()) return std::nullopt;
  const auto duration = trace::parse_duration(member->get_ref<const std::string&>());
  return duration ? std::optional(*duration) : std::nullopt;
}

}  // namespace

ResolvedBatch resolve_batch(const json& stated) {
  ResolvedBatch resolved{profile_values(stated), std::nullopt};
  BatchSpanProcessor& values = resolved.values;
  values.schedule_delay = duration_at(stated, "scheduleDelay").value_or(values.schedule_delay);
  values.export_timeout = duration_at(stated, "exportTimeout");
  values.memory_headroom_percent = stated.value("memoryHeadroomPercent", values.memory_headroom_percent);
  values.max_export_batch_size = stated.value("maxExportBatchSize", values.max_export_batch_size);
  if (const auto queue = stated.find("maxQueueSize"); queue != stated.end()) {
    values.queue_from_memory = queue->is_string();
    if (!values.queue_from_memory) values.max_queue_size = queue->get<int>();
  }
  // With Auto the queue is known only at each container.
  if (!values.queue_from_memory && values.max_export_batch_size > values.max_queue_size) {
    resolved.clamped = fmt::format("maxExportBatchSize {} is lowered to {}, the maxQueueSize that holds with it",
                                   values.max_export_batch_size, values.max_queue_size);
    values.max_export_batch_size = values.max_queue_size;
  }
  return resolved;
}

}  // namespace meshtrace::policy
