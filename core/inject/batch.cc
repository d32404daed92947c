#include "core/inject/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/trace/quantity.h"

namespace meshtrace::inject {
namespace {

constexpr std::string_view kQueue = "OTEL_BSP_MAX_QUEUE_SIZE";
constexpr std::string_view kBatch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";

// A positive number that a container states; nullopt where it is anything else.
std::optional<int> stated_number(const EnvEntry& entry) {
  if (entry.value_from || !entry.value) return std::nullopt;
  const std::string_view text = *entry.value;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

int chosen_queue(const Container& container, const policy::BatchSpanProcessor& settings,
                 std::vector<std::string>& warnings) {
  if (!settings.queue_from_memory || container.memory_limit.empty()) return settings.max_queue_size;
  const auto limit = trace::parse_quantity(container.memory_limit);
  if (limit) return queue_for_memory(*limit, settings.memory_headroom_percent);
  warnings.push_back(fmt::format("resources.limits.memory is {}; the queue is the profile's", limit.error().what));
  return settings.max_queue_size;
}

// Queue and batch are one unit: what the container states of it stands, ours is made to fit.
void apply_pair(const Container& container, const policy::BatchSpanProcessor& settings, Environment& environment,
                std::vector<std::string>& warnings) {
  const EnvEntry* own_queue = environment.find(kQueue);
  const EnvEntry* own_batch = environment.find(kBatch);
  if ((own_queue && own_batch) || environment.is_kept_by_annotation(kQueue) ||
      environment.is_kept_by_annotation(kBatch)) {
    environment.note_kept_pair(kQueue, kBatch);
    return;
  }
  const auto own = own_queue ? own_queue : own_batch;
  const auto number = own ? stated_number(*own) : std::nullopt;
  if (own && !number) {
    if (!own->value_from)
      warnings.push_back(
          fmt::format("{} is not a number over 0; {} is not set", own->name, own_queue ? kBatch : kQueue));
    environment.note_kept_pair(kQueue, kBatch);
    return;
  }
  const int wanted_queue = chosen_queue(container, settings, warnings);
  const int queue = own_queue ? *number : own_batch ? std::max(wanted_queue, *number) : wanted_queue;
  if (own_batch && queue > wanted_queue) {
    warnings.push_back(
        fmt::format("{} is raised from {} to the container's own batch size of {}", kQueue, wanted_queue, queue));
  }
  environment.set_unless_taken(kQueue, std::to_string(queue));
  environment.set_unless_taken(kBatch, std::to_string(std::min(settings.max_export_batch_size, queue)));
}

}  // namespace

int queue_for_memory(std::int64_t limit_bytes, int headroom_percent) {
  constexpr int kPercent = 100;
  constexpr std::int64_t kBytes = 50'000'000;
  constexpr int kSpans = 1024;
  constexpr int kMaxQueue = 65'536;
  const auto spans = static_cast<__int128>(limit_bytes) * headroom_percent * kSpans / (kBytes * kPercent);
  return static_cast<int>(std::clamp<__int128>(spans, 1, kMaxQueue));
}

void apply_batch(const Container& container, const policy::BatchSpanProcessor& settings, Environment& environment,
                 std::vector<std::string>& warnings) {
  environment.set_unless_taken("OTEL_BSP_SCHEDULE_DELAY", std::to_string(settings.schedule_delay.count()));
  if (settings.export_timeout) {
    environment.set_unless_taken("OTEL_BSP_EXPORT_TIMEOUT", std::to_string(settings.export_timeout->count()));
  }
  apply_pair(container, settings, environment, warnings);
}

}  // namespace meshtrace::inject
