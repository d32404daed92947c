// Whether the Services exist that tracing providers report to: asked by name, since watching all Services of a cluster
// for a handful of them would cost more. Not synchronised.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/writer.h"
#include "kube/time.h"

namespace meshtrace::controller {

class Services {
 public:
  // An answer is asked for again when it is older than `max_age`.
  Services(Send send, std::chrono::milliseconds max_age) : send_(std::move(send)), max_age_(max_age) {}

  // Asks for those of `wanted` ("namespace/name") that are not known, forgets the others, and gives what is known.
  std::map<std::string, bool> look_up(const std::set<std::string>& wanted, kube::Moment now);

  // When the first answer grows too old; nothing where nothing is asked for.
  [[nodiscard]] std::optional<kube::Moment> next_due() const;

 private:
  struct Answer {
    std::optional<bool> exists;  // absent: could not be asked
    kube::Moment asked;
  };
  [[nodiscard]] std::optional<bool> ask(const std::string& service) const;

  Send send_;
  std::chrono::milliseconds max_age_;
  std::map<std::string, Answer> answers_;
};

}  // namespace meshtrace::controller
