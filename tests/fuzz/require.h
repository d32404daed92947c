// What every target says of its results: an invariant that does not hold ends the run as a crash, with the input saved.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace meshtrace::fuzz {

inline void require(bool holds, const char* invariant, const std::string& detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken invariant: %s\n%s\n", invariant, detail.c_str());
  std::abort();
}

}  // namespace meshtrace::fuzz
