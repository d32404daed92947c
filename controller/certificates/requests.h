// A step as a request to the API server. Each is bound to the version that was looked at, or to there being none, so
// that a replica that leads no more, or looked too early, changes nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "controller/certificates/decide.h"
#include "core/base/result.h"
#include "kube/request.h"

namespace meshtrace::certificates {

inline constexpr const char* kFieldManager = "meshtrace-controller";

// Nothing for LeaveAlone and Wait. New keys are made here. An error is OpenSSL's.
Result<std::optional<kube::Request>> request_for(const Step& step, const State& state, const Options& options,
                                                 std::chrono::sys_seconds now);

// What the step writes, for the log: "Secret meshtrace-system/meshtrace-webhook-ca".
std::string subject_of(const Step& step, const State& state, const Options& options);
// And what it does there: "a new authority", "caBundle".
std::string action_of(const Step& step);

}  // namespace meshtrace::certificates
