// One line of a watch, decoded.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::kube {

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError } type;
  nlohmann::json object;  // kError: a Status; kBookmark: metadata.resourceVersion alone
};

Result<WatchEvent> decode_watch_event(std::string_view line);

}  // namespace meshtrace::kube
