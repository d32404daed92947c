// Asks the mesh's istiods: which versions run, and after each write of ours whether the proxies took it. Holds what
// they said and a thread's loop; when to look and whom to blame is verification.h's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/istiod/look.h"
#include "controller/metrics.h"
#include "controller/verification.h"
#include "controller/writer.h"

namespace meshtrace::controller {

struct MeshWatchOptions {
  std::string root_namespace = policy::kDefaultRootNamespace;
  std::string own_namespace = "meshtrace-system";
  std::string token_file;                      // LookOptions::token_file
  std::chrono::milliseconds refresh{600'000};  // of the versions
  std::chrono::milliseconds retry{30'000};     // where no istiod answered: a mesh may come later
  std::chrono::milliseconds fresh{2'000};      // a look that is younger does as the one before a write
};

class MeshWatch {
 public:
  // `changed` is called, from run()'s thread, when versions are other or there is a verdict.
  MeshWatch(MeshWatchOptions options, Send send, Metrics& metrics, std::function<void()> changed);

  // Looks until `stop` is requested.
  void run(const std::stop_token& stop);

  // For the writer's thread. before_write() may take as long as a look.
  void before_write(const std::stop_token& stop);
  void wrote(const std::vector<WrittenField>& fields);

  struct Versions {
    std::optional<mesh::Version> istiod;
    std::optional<mesh::Version> proxy;
    friend bool operator==(const Versions&, const Versions&) = default;
  };
  [[nodiscard]] Versions versions() const;
  std::vector<Verdict> take_verdicts();

 private:
  using Clock = std::chrono::steady_clock;

  // What a look showed; without health still what the pods' image tags say.
  struct Look {
    std::optional<MeshHealth> health;
    std::optional<mesh::Version> tagged;
  };
  Look look_now(const std::stop_token& stop);
  void log_changes(const std::string& problem, const std::vector<std::string>& notes);
  [[nodiscard]] Clock::time_point next_look() const;
  void take(const Look& look, Clock::time_point now);

  const MeshWatchOptions options_;
  const Send send_;
  Metrics& metrics_;
  const std::function<void()> changed_;
  mutable std::mutex mutex_;  // of everything below
  std::condition_variable_any signal_;
  Verification verification_;
  std::optional<MeshHealth> last_;
  Clock::time_point looked_at_ = Clock::time_point::min();
  Versions versions_;
  std::vector<Verdict> verdicts_;
  std::string last_log_;
};

}  // namespace meshtrace::controller
