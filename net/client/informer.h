// Drives a kube::Reflector over an ApiClient: sends what it asks for, waits as long as it says, and hands its changes
// on. What follows from a change is its caller's.
#pragma once

#include <functional>
#include <stop_token>

#include "kube/reflector.h"
#include "net/client/api_client.h"

namespace meshtrace::net {

// Called on the thread that runs the informer; what takes long delays the next change.
struct InformerHandlers {
  std::function<void(const kube::Change&)> on_change;
  // It could not list or watch; it goes on trying. What is known may be old from now on.
  std::function<void(const kube::Reflector::Problem&)> on_problem;
  // A watch is open: what is known is what the API server has.
  std::function<void()> on_current;
};

// Random numbers for the reflector's back-off and time-outs: from the system's source, in [0, 1).
kube::Random system_random();

// Runs until `stop` is requested, and returns within a fraction of a second of that.
void run_informer(std::stop_token stop, ApiClient& client, kube::Reflector& reflector,
                  const InformerHandlers& handlers);

}  // namespace meshtrace::net
