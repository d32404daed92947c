// OTEL_RESOURCE_ATTRIBUTES: "key=value,key=value", values percent-encoded as in a W3C baggage header.
// Source: OpenTelemetry specification, "Resource SDK"; what SDKs really do with it: docs/injection.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::trace {

struct AttributeList {
  std::vector<std::string_view> keys;  // trimmed, as they stand (SDKs differ about decoding keys)
  bool opaque = false;                 // an item is a bare `$(NAME)`: it may bring any keys
  bool has_empty_items = false;        // "a=b,,c=d" or a comma at an end
  std::optional<std::string> problem;  // why some SDK drops the list, in words that do not quote it
};

// Reads a list as a container states it, before the kubelet expands it.
AttributeList parse_attributes(std::string_view text);

// The list without its empty items; everything else as it stands.
std::string without_empty_items(std::string_view text);

// A value percent-encoded, as few characters as possible: comma, equals, semicolon, percent, space, quotes, backslash,
// controls and the bytes of non-ASCII characters.
std::string encode_attribute_value(std::string_view value);

}  // namespace meshtrace::trace
