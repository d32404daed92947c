// Running pods, whole, a page at a time: a page is handed on and then forgotten.
#pragma once

#include <functional>
#include <vector>

#include "controller/audit/served_kinds.h"
#include "core/audit/object.h"
#include "core/base/result.h"

namespace meshtrace::auditing {

// Pods in a page. A pod is some 10 to 20 kB, several times that once it is parsed.
inline constexpr int kPodsInPage = 200;

// Calls `take` for each page of the pods that have not ended. An error: not all were read. `take` returns false to end
// early, which is no error.
Result<void> read_pods(const Send& send, const std::function<bool(std::vector<audit::ObjectPointer>)>& take);

}  // namespace meshtrace::auditing
