// What the webhook's certificates are called and how long they live.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::certificates {

struct Options {
  std::string ns = "meshtrace-system";              // of both Secrets and of the webhook's Service
  std::string service = "meshtrace-webhook";        // what API servers call
  std::string configuration = "meshtrace-webhook";  // name of the Mutating- and the ValidatingWebhookConfiguration
  std::string authority_secret = "meshtrace-webhook-ca";
  std::string leaf_secret = "meshtrace-webhook-tls";                    // what the webhook mounts
  std::chrono::seconds leaf_lifetime = std::chrono::hours(2160);        // 90 days
  std::chrono::seconds authority_lifetime = std::chrono::hours(87600);  // 10 years
  // The longest that an API server takes to see a changed webhook configuration, or a webhook to see a changed Secret
  // (the kubelet updates a mount within one to two minutes).
  std::chrono::seconds propagation_delay = std::chrono::minutes(2);
};

// Whether the times leave room for one another: a certificate is renewed when a third of its life is left, and within
// that third a new authority must have become known and the new leaf must have reached the webhooks. The error's
// `where` is the flag.
Result<void> check(const Options& options);

// The names that an API server may check: of the Service, short and with the cluster's default domain.
std::vector<std::string> dns_names(const Options& options);

}  // namespace meshtrace::certificates
