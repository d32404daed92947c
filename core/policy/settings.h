// The plain values that injection reads, and the mark's hash, from a merged policy.
#pragma once

#include <string>

#include "core/policy/effective.h"

namespace meshtrace::policy {

// Fills effective.injection from effective.merged, the resolved batch excepted, which merge() has at hand.
void fill_settings(Effective& effective);

// The first 16 hexadecimal digits of SHA-256 over the canonical JSON (sorted keys, no spaces) of `sampling` and
// `workload` and the scheme's number.
[[nodiscard]] std::string policy_hash(const nlohmann::json& merged);

}  // namespace meshtrace::policy
