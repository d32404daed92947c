// Keeps the webhook's certificates as decide.h wants them, over the API server: looks, takes one step, looks again, and
// waits until a watch says that something changed or the next renewal is due. Only the leader acts.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/certificates/options.h"
#include "net/client/api_client.h"

namespace meshtrace::certificates {

// What is known after a look: for metrics. Times are Unix times.
struct Report {
  std::optional<std::chrono::sys_seconds> authority_expires;
  std::optional<std::chrono::sys_seconds> leaf_expires;
  std::string problem;  // why the certificates are not as they should be; empty: they are, or will be after a wait
};

struct Hooks {
  // Whether this replica may write at this moment; asked before every write. Cheap, from any thread.
  std::function<bool()> leading = [] { return true; };
  // After every look, from the thread of run_certificates().
  std::function<void(const Report&)> on_report = [](const Report&) {};
};

// Runs until `stop` is requested, and returns soon after. The options must have passed check().
void run_certificates(std::stop_token stop, net::ApiClient& client, const Options& options, const Hooks& hooks);

}  // namespace meshtrace::certificates
