// What a stated batchSpanProcessor comes to: the profile's values, single values over them, the batch within the queue.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/policy/effective.h"

namespace meshtrace::policy {

struct ResolvedBatch {
  BatchSpanProcessor values;
  std::optional<std::string> clamped;  // says what was lowered, and to what
};

// `stated` is a checked batchSpanProcessor object.
[[nodiscard]] ResolvedBatch resolve_batch(const nlohmann::json& stated);

}  // namespace meshtrace::policy
