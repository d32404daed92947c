// Spans as a tree, and the pieces that it is in. Decides nothing about what ought to be there: that is the verdict's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/probe/span.h"

namespace meshtrace::probe {

// How a piece of a trace begins.
enum class Start {
  kRequest,     // below the span id that the request carried: where the trace entered
  kParentless,  // its first span names no parent
  kOrphan,      // its first span names a parent that no span here is (or that is below it: a circle)
};

struct Fragment {
  Start start;
  std::size_t first_line;  // in Tree::lines
};

struct Tree {
  struct Line {
    std::size_t span;   // in `spans`
    std::size_t depth;  // 0: the fragment's first span
    bool has_children;
  };

  std::vector<Span> spans;
  std::vector<Line> lines;          // every span once, each below its parent, siblings by start time
  std::vector<Fragment> fragments;  // entries first, then by start time
  std::size_t duplicates = 0;       // spans that came twice, and were left out
  std::int64_t begin_ns = 0;        // of all spans
  std::int64_t end_ns = 0;

  // Whether all that is there hangs together: several entries do, by the request.
  [[nodiscard]] bool is_joined() const;
};

// A client's and a server's span may share an id, as Zipkin has it: the server's is then below the client's.
Tree build_tree(std::vector<Span> spans, const std::string& request_span_id);

}  // namespace meshtrace::probe
