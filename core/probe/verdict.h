// What a trace proves about the path of a request: whole, or where it breaks, in sentences. Names in them are as the
// store has them; whoever prints them makes them harmless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/probe/tree.h"

namespace meshtrace::probe {

enum class Outcome { kWhole, kHopsMissing, kFragmented, kNotFound };

// "Whole", "HopsMissing" …, as reasons are named in Kubernetes' conditions.
std::string_view outcome_name(Outcome outcome);

struct Hop {
  std::string service;  // a name, or a glob as "reviews*"
  bool seen = false;
};

struct Verdict {
  Outcome outcome = Outcome::kNotFound;
  std::vector<Hop> hops;              // the expected ones, in their order
  std::vector<std::string> services;  // all that were seen, in the order in which the tree has them
  std::vector<std::string> reasons;   // why it is not whole, and where it breaks; none when it is
};

// `expected` is in the order of the path, so that a gap can be told by the hops beside it.
Verdict judge(const Tree& tree, const std::vector<std::string>& expected);

}  // namespace meshtrace::probe
