// The webhook's metrics in Prometheus' text format (docs/webhook.md lists them). Every label has a fixed set of values:
// nothing that a user or a peer chooses becomes one.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/server/server.h"
#include "webhook/mutate.h"
#include "webhook/policies/policy_store.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace meshtrace::webhook {

enum class Endpoint { kMutate, kValidate, kHealthz, kReadyz, kMetrics, kOther };
inline constexpr std::size_t kEndpoints = 6;

enum class RequestResult { kPatched, kAllowed, kDenied, kOk, kUnavailable, kRefused };
inline constexpr std::size_t kRequestResults = 6;

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void count_request(Endpoint endpoint, RequestResult result);
  // Time spent on one admission, from the parsed HTTP request to the finished response body.
  void observe_admission(Endpoint endpoint, std::chrono::nanoseconds duration);
  void count_injected();
  void count_skipped(SkipReason reason);
  void count_warnings(std::size_t warnings);

  void count_certificate_failure();
  // Unix time in seconds.
  void set_certificate_expiry(std::int64_t not_after);

  // Everything, with what the server and the store know at this moment.
  [[nodiscard]] std::string render(const net::ServerStats& server, const PolicyStore& store, bool ready) const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
  std::array<std::array<prometheus::Counter*, kRequestResults>, kEndpoints> requests_{};  // null: cannot occur
  std::array<prometheus::Histogram*, 2> admission_seconds_{};                             // mutate, validate
  prometheus::Counter* injected_ = nullptr;
  std::array<prometheus::Counter*, kSkipReasons> skipped_{};
  prometheus::Counter* warnings_ = nullptr;
  prometheus::Counter* certificate_failures_ = nullptr;
  prometheus::Gauge* certificate_expiry_ = nullptr;
};

}  // namespace meshtrace::webhook
