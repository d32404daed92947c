// Recognises a fight: another manager that keeps changing what we keep putting right. Counts, and says when it is
// enough; what follows (the target's state Reverted) is the reconciler's. No clock: the moment is a parameter.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "kube/time.h"

namespace meshtrace::controller {

struct FightOptions {
  std::size_t reverts = 3;  // of one field within `window` make a fight: once is an accident, twice a habit
  std::chrono::minutes window{10};
  // Fields that are remembered at one time, the one longest at peace is forgotten: bounds memory.
  std::size_t max_fields = 10'000;
};

// A field of an object: "ConfigMap istio-system/istio data.mesh.accessLogFormat".
struct ContestedField {
  std::string kind;
  std::string ns;
  std::string name;
  std::string field;  // "spec" for a whole object
  friend auto operator<=>(const ContestedField&, const ContestedField&) = default;
};

class Fights {
 public:
  explicit Fights(const FightOptions& options = {}) : options_(options) {}

  // Another manager changed the field. True when it is to be given up; then its count begins anew, for what a changed
  // policy may write there.
  bool note(const ContestedField& field, kube::Moment now);

 private:
  void make_room();

  FightOptions options_;
  std::map<ContestedField, std::deque<kube::Moment>> reverts_;  // within the window, the oldest first; never empty
};

}  // namespace meshtrace::controller
