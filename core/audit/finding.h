// What a check found, ready for every output.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/audit/object.h"

namespace meshtrace::audit {

// info: worth knowing, inherent or by choice. warning: traces are lost under circumstances that are likely. error:
// traces break or requests fail, surely, as configured.
enum class Severity { kInfo, kWarning, kError };
std::string_view name_of(Severity severity);  // "info", "warning", "error"

// The part of a request's way that loses the trace, by the nodes of the path model (paths.h).
struct Hop {
  std::string from;
  std::string to;
  friend auto operator<=>(const Hop&, const Hop&) = default;
};

struct Finding {
  std::string code;  // MT0101
  Severity severity = Severity::kWarning;
  std::string message;  // what will be seen in the traces and why, in one or two sentences, naming the hop
  ObjectRef object;     // the one to edit
  std::string field;    // spec.http[0].headers.request.remove[1]; empty: the object as a whole
  std::string fix;      // to be pasted (fix.h), or one sentence of advice
  std::optional<Hop> hop;
  std::string file;  // empty: from a cluster
  int line = 0;      // from 1; 0: from a cluster
  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace meshtrace::audit
