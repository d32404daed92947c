// What stands before an entry in a log that somebody collected: "[pod/NAME/CONTAINER] " of kubectl logs --prefix, the
// time of --timestamps, time, stream and tag of a container runtime's file.
// Source: Kubernetes, "CRI container log format".
#pragma once

#include <string_view>

namespace meshtrace::logs {

struct PrefixedLine {
  std::string_view pod;   // "pod/NAME"; empty: none is said
  std::string_view line;  // without the prefixes
};

// A format that itself begins with a time keeps it.
enum class LeadingTime { kStrip, kKeep };
[[nodiscard]] PrefixedLine strip_prefix(std::string_view line, LeadingTime time);

}  // namespace meshtrace::logs
