// Recognises a fight: another manager that keeps changing what we keep putting right. Counts, and says when it is
// enough; what follows (the target's state Reverted) is the reconciler's. No clock: the moment is a parameter.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "controller/marks.h"
#include "kube/time.h"

namespace meshtrace::controller {

struct FightOptions {
  std::size_t reverts = 3;  // of one field within `window` make a fight: once is an accident, twice a habit
  std::chrono::minutes window{10};
  // Fields that are remembered at one time, the one longest at peace is forgotten: bounds memory.
  std::size_t max_fields = 10'000;
};

class Fights {
 public:
  explicit Fights(const FightOptions& options = {}) : options_(options) {}

  // Another manager changed what was written there. True when it is to be given up; then its count begins anew.
  bool note(const WrittenField& written, kube::Moment now);

  // No policy wants this any more: should one later, it has not been fought about.
  template <class Wanted>
  void forget_unless(const Wanted& wanted) {
    std::erase_if(reverts_, [&](const auto& entry) { return !wanted(entry.first); });
  }

 private:
  void make_room();

  FightOptions options_;
  std::map<WrittenField, std::deque<kube::Moment>> reverts_;  // within the window, the oldest first; never empty
};

}  // namespace meshtrace::controller
