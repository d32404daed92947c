// Did the proxies take what was written? Decides when to look, whether a refusal that came after our writes is ours,
// and which write it was. Pure: who looks, and what follows from a verdict, is elsewhere.
//
// What proxies refused before our first write is never ours. Of several writes that one refusal may come from, those
// that reach the refusing proxy are suspected, the newest first; it is taken back, and only if the refusal stays is the
// next one blamed.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "controller/istiod/health.h"
#include "controller/marks.h"
#include "core/policy/policy.h"
#include "kube/time.h"

namespace meshtrace::controller {

struct VerificationOptions {
  // Looks after a write, from one to the next: istiod gathers changes for 0.1 to 10 s before it sends them.
  std::vector<std::chrono::milliseconds> looks{std::chrono::milliseconds(500), std::chrono::milliseconds(1000),
                                               std::chrono::milliseconds(2000), std::chrono::milliseconds(4000),
                                               std::chrono::milliseconds(5000)};
  // After something was taken back: so long its refusal may still stand.
  std::chrono::milliseconds recovery{3000};
  std::string root_namespace = policy::kDefaultRootNamespace;  // what stands there reaches every proxy
  std::size_t max_suspects = 1000;                             // the oldest is acquitted: bounds memory
};

struct Verdict {
  std::vector<WrittenField> fields;  // of the one write that is to be taken back
  std::string message;               // what the proxy said
};

class Verification {
 public:
  explicit Verification(VerificationOptions options = {}) : options_(std::move(options)) {}

  // Whether a look is worth while before the next write: none is being watched.
  [[nodiscard]] bool wants_baseline() const { return suspects_.empty() && !next_look_ && !taking_back_; }
  void set_baseline(MeshHealth health) { baseline_ = std::move(health); }
  // Nobody could be asked: the next writes go unwatched.
  void drop_baseline() { baseline_.reset(); }

  // Something was written; without fields, something was taken back.
  void wrote(const std::vector<WrittenField>& fields, kube::Moment now);

  [[nodiscard]] std::optional<kube::Moment> next_look() const { return next_look_; }
  // What the look that was due showed; nothing where no istiod answered.
  std::optional<Verdict> looked(const std::optional<MeshHealth>& health, kube::Moment now);

 private:
  void schedule_next(kube::Moment now);
  std::optional<Verdict> blame(const Refusal& refusal);

  const VerificationOptions options_;
  std::optional<MeshHealth> baseline_;
  std::deque<std::vector<WrittenField>> suspects_;  // the newest last
  std::optional<kube::Moment> next_look_;
  std::size_t looks_done_ = 0;
  bool taking_back_ = false;  // blamed, and the write that takes it back is still to come
  kube::Moment recovered_at_{};
};

}  // namespace meshtrace::controller
