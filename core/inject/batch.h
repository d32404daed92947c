// The batch span processor of one container: a queue that its memory bears, and a batch that fits the queue.
#pragma once

#include <string>
#include <vector>

#include "core/inject/environment.h"
#include "core/inject/pod.h"

namespace meshtrace::inject {

void apply_batch(const Container& container, const policy::BatchSpanProcessor& settings, Environment& environment,
                 std::vector<std::string>& warnings);

// The queue for maxQueueSize: Auto: as many spans as fit the headroom, where 50 MB bear 1,024 of them; 1..65536.
int queue_for_memory(std::int64_t limit_bytes, int headroom_percent);

}  // namespace meshtrace::inject
