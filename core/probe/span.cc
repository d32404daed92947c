#include "core/probe/span.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/letter_case.h"

namespace meshtrace::probe {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

// Lower-case digits, filled up with zeros; empty for what is not hexadecimal.
std::string from_hex(std::string_view text, std::size_t digits) {
  std::string id(digits - text.size(), '0');
  for (const char c : text) {
    const char lower = in_lower_case(c);
    if (kDigits.find(lower) == std::string_view::npos) return {};
    id += lower;
  }
  return id;
}

// `bytes` is 8 or 16, which base64 pads with one or two signs.
std::string from_base64(std::string_view text, std::size_t bytes) {
  std::array<unsigned char, 3 * (kTraceIdBytes / 3 + 1)> decoded{};
  const auto* begin = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DecodeBlock(decoded.data(), begin, static_cast<int>(text.size())) < static_cast<int>(bytes)) return {};
  std::string id;
  for (std::size_t i = 0; i < bytes; ++i) {
    id += kDigits[decoded[i] >> 4];
    id += kDigits[decoded[i] & 0xf];
  }
  return id;
}

}  // namespace

std::string_view kind_name(SpanKind kind) {
  static constexpr std::array<std::string_view, 6> kNames = {"-",      "internal", "server",
                                                             "client", "producer", "consumer"};
  return kNames.at(static_cast<std::size_t>(kind));
}

void SpanList::add(Span span) {
  if (span.id.empty()) {
    ++unreadable;
  } else if (spans.size() >= kMaxSpans) {
    ++left_out;
  } else {
    span.duration_ns = std::max<std::int64_t>(span.duration_ns, 0);
    spans.push_back(std::move(span));
  }
}

std::string hex_id(std::string_view text, std::size_t bytes) {
  const bool is_base64 = text.size() == (bytes + 2) / 3 * 4 && text.ends_with('=');
  if (!is_base64 && text.size() > 2 * bytes) return {};
  std::string id = is_base64 ? from_base64(text, bytes) : from_hex(text, 2 * bytes);
  if (id.find_first_not_of('0') == std::string::npos) id.clear();
  return id;
}

std::string peer_of(const std::function<std::string(std::string_view key)>& attribute) {
  // OpenTelemetry's names, new and old; what Envoy's tracers set; what remains.
  static constexpr std::string_view kKeys[] = {"peer.service",     "server.address",
                                               "net.peer.name",    "upstream_cluster.name",
                                               "upstream_cluster", "messaging.destination.name",
                                               "db.system",        "http.host",
                                               "peer.address"};
  for (const std::string_view key : kKeys) {
    if (std::string value = attribute(key); !value.empty()) return value;
  }
  return {};
}

}  // namespace meshtrace::probe
