// Small files, read whole and bounded.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"

namespace meshtrace::net {

// A kubeconfig, a CA bundle, a key, a token: the largest of these in use is a CA bundle of some hundred kilobytes.
inline constexpr std::size_t kMaxConfigFileBytes = 4u << 20;

// Refused: what is no regular file (a FIFO would block for ever), and what is longer than `max_bytes`. The error is
// the system's reason, and never quotes the content.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes = kMaxConfigFileBytes);

}  // namespace meshtrace::net
