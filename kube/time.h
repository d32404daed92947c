// Moments, which callers give: kube reads no clock. And times as Kubernetes writes them (RFC 3339, UTC).
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace meshtrace::kube {

// For waiting and for deadlines: what a clock that nobody sets shows.
using Moment = std::chrono::steady_clock::time_point;

// For what others read. The clocks of two machines may disagree: no decision rests on it.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// metav1.Time: "2026-11-21T11:00:00Z".
std::string format_time(WallTime time);
// metav1.MicroTime, of Leases and Events: "2026-11-21T11:00:00.000000Z".
std::string format_micro_time(WallTime time);

// Either, or with an offset instead of Z; a fraction is left out.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text);

}  // namespace meshtrace::kube
