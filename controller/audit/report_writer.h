// Makes the Reports that stand in the cluster equal to those that are wanted: what differs is applied, what is not
// wanted any more is deleted, and nothing else is written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/audit/served_kinds.h"
#include "controller/pace.h"
#include "core/audit/open_reports.h"
#include "core/base/result.h"

namespace meshtrace::auditing {

class ReportWriter {
 public:
  // `may_write` is asked before each write.
  ReportWriter(Send send, std::function<bool()> may_write) : send_(std::move(send)), may_write_(std::move(may_write)) {}

  // When the results of the reports that stand were first seen.
  Result<void> learn(audit::FirstSeen& first_seen);

  // Of make_reports(). An error is the first of those that came; the rest is written all the same.
  Result<void> write(const std::stop_token& stop, const std::vector<nlohmann::json>& wanted);

 private:
  struct Key {
    std::string kind;
    std::string ns;
    std::string name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Standing {
    std::string content;  // the annotation
    std::string uid;
    std::int64_t generation = 0;  // grows with each change, also one that leaves the annotation
  };
  using AllStanding = std::map<Key, Standing>;
  static Key key_of(const nlohmann::json& report);
  Result<AllStanding> read_standing();
  [[nodiscard]] bool stands(const Key& key, const nlohmann::json& report, const AllStanding& standing) const;
  Result<void> apply(const Key& key, const nlohmann::json& report);
  Result<void> remove(const Key& key, const Standing& standing);
  bool wait_for_turn(const std::stop_token& stop);

  Send send_;
  std::function<bool()> may_write_;
  controller::Pace pace_;
  std::map<Key, std::int64_t> generations_;  // as our last write left them
};

}  // namespace meshtrace::auditing
