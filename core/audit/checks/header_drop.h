// Where a request that one proxy lets in fails at the next one, for its size or its number of headers.
#pragma once

#include <optional>
#include <string>

#include "core/audit/model.h"

namespace meshtrace::audit {

// One of the two limits.
struct LimitKind {
  int HeaderLimits::* value;
  const Object* HeaderLimits::* from;
};

struct HeaderDrop {
  Hop hop;
  int before = 0;                 // what the first proxy lets in
  int behind = 0;                 // what the second one does
  int hops = 1;                   // that are alike, with this one
  std::string ns = {};            // of the second proxy
  bool behind_is_stated = false;  // false: the second one has Envoy's default
};

// The first hop for which `author` is the object to edit: the one that states the lower limit, and where that is
// Envoy's default the one that states the higher.
std::optional<HeaderDrop> find_drop(const Model& model, const Object& author, const LimitKind& kind);

}  // namespace meshtrace::audit
