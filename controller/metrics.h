// The controller's metrics in Prometheus' text format (docs/controller.md lists them). Every label has a fixed set of
// values: kinds, verbs and results are the program's own words, never a user's or a peer's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/kept_findings.h"
#include "net/server/server.h"

namespace prometheus {
template <class T>
class Family;
class Counter;
class Gauge;
class Histogram;
class Registry;
struct MetricFamily;
}  // namespace prometheus

namespace meshtrace::controller {

enum class WriteResult { kWritten, kConflict, kRefused, kNoReply, kNotLeader };

// What the work queue holds at a moment.
struct QueueFigures {
  std::size_t depth = 0;                                        // objects that wait for a write, or for a retry
  std::optional<std::chrono::steady_clock::time_point> oldest;  // since when the one that waits longest does
};

// Safe to call from several threads.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void count_reconcile(std::chrono::nanoseconds duration);
  // `source` is a part of the program: "policies", "configmaps", "writer", "istiod", "lease", …
  void count_error(std::string_view source);
  void count_write(std::string_view kind, std::string_view verb, WriteResult result);
  // A foreign change to something of ours that is put right.
  void count_drift(std::string_view kind);
  void count_rejection();  // proxies refused a write of ours, it was taken back
  void count_retry();
  void set_queue(const QueueFigures& figures);
  void set_leader(bool leads);
  void set_policies(std::string_view condition, std::string_view status, std::size_t policies);
  // `code` is the HTTP status, 0 for no reply at all. Watches are not counted: they last minutes.
  void observe_request(std::string_view method, int code, std::chrono::nanoseconds duration);
  // Of the webhook's certificate; Unix time in seconds.
  void set_certificate_expiry(std::int64_t not_after);
  // Of the last audit; null: this replica does not audit.
  void set_audit(const audit::Tally* tally);

  // Everything, with what the server knows at this moment.
  [[nodiscard]] std::string render(const net::ServerStats& server, bool ready) const;

 private:
  void add_findings(std::vector<prometheus::MetricFamily>& families) const;

  std::unique_ptr<prometheus::Registry> registry_;
  prometheus::Counter* reconciles_;
  prometheus::Histogram* reconcile_seconds_;
  prometheus::Family<prometheus::Counter>* errors_;
  prometheus::Family<prometheus::Counter>* writes_;
  prometheus::Family<prometheus::Counter>* drift_;
  prometheus::Counter* rejections_;
  prometheus::Counter* retries_;
  prometheus::Gauge* leader_;
  prometheus::Family<prometheus::Gauge>* policies_;
  prometheus::Family<prometheus::Histogram>* request_seconds_;
  prometheus::Gauge* certificate_expiry_;
  mutable std::mutex mutex_;
  QueueFigures queue_;
  bool audits_ = false;
  std::map<std::pair<std::string, audit::Severity>, std::size_t> findings_;  // by code
  std::size_t suppressed_findings_ = 0;
};

}  // namespace meshtrace::controller
