#include "kube/watch_event.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "kube/json.h"
#include "kube/reply.h"

namespace meshtrace::kube {
namespace {

constexpr std::array<std::pair<std::string_view, WatchEvent::Type>, 5> kTypes{{
    {"ADDED", WatchEvent::Type::kAdded},
    {"MODIFIED", WatchEvent::Type::kModified},
    {"DELETED", WatchEvent::Type::kDeleted},
    {"BOOKMARK", WatchEvent::Type::kBookmark},
    {"ERROR", WatchEvent::Type::kError},
}};

}  // namespace

Result<WatchEvent> decode_watch_event(std::string_view line) {
  auto event = parse_json("watch event", line);
  if (!event) return tl::make_unexpected(event.error());
  const std::string name = string_or_empty(*event, "type");
  for (const auto& [text, type] : kTypes) {
    if (text != name) continue;
    const auto object = event->find("object");
    if (object == event->end() || !object->is_object()) return fail("watch event", name + " without an object");
    return WatchEvent{type, std::move(*object)};
  }
  return fail("watch event", fmt::format("type '{}' is none that Kubernetes has", printable(name, 40)));
}

}  // namespace meshtrace::kube
