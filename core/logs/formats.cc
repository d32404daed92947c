#include "core/logs/formats.h"

#include <fmt/format.h>

#include <utility>

#include "core/mesh/access_log_formats.h"

namespace meshtrace::logs {
namespace {

using nlohmann::json;

// Levels of a stated JSON format: Envoy takes no deeper message.
constexpr int kMaxJsonDepth = 64;

// What Istio's default had before 1.9 between the flags and the numbers, and how all of them began and ended.
constexpr std::string_view kStart =
    R"([%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% )";
constexpr std::string_view kNumbersToHost =
    R"(%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" )"
    R"("%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%")";
constexpr std::string_view kClusterToRoute =
    " %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
    "%REQUESTED_SERVER_NAME% %ROUTE_NAME%";
constexpr std::string_view kFailureReason = R"("%UPSTREAM_TRANSPORT_FAILURE_REASON%" )";
constexpr std::string_view kMixerStatus = R"("%DYNAMIC_METADATA(istio.mixer:status)%" )";

json parse_bounded(std::string_view text) {
  bool too_deep = false;
  const auto within_depth = [&](int depth, json::parse_event_t, const json&) {
    too_deep = too_deep || depth > kMaxJsonDepth;
    return !too_deep;
  };
  json parsed = json::parse(text, within_depth, /*allow_exceptions=*/false);
  return too_deep ? json(json::value_t::discarded) : parsed;
}

}  // namespace

Formats Formats::known() {
  const std::pair<const char*, std::string> texts[] = {
      {"Istio's text", mesh::default_text_format()},
      {"Istio's text of 1.8", fmt::format("{}{}{}{}", kStart, kFailureReason, kNumbersToHost, kClusterToRoute)},
      {"Istio's text before 1.8",
       fmt::format("{}{}{}{}{}", kStart, kMixerStatus, kFailureReason, kNumbersToHost, kClusterToRoute)},
      {"Envoy's text", fmt::format("{}{}", kStart, kNumbersToHost)},
  };
  Formats formats;
  for (const auto& [name, format] : texts) {
    formats.texts_.push_back({name, TextFormat::compile(format, TextFormat::End::kPresets).value()});
  }
  formats.json_ = JsonFormat::compile(mesh::default_json_format()).value();
  // As our presets name them, and as traceHeaders does in a JSON format.
  formats.json_->add("traceparent", Field::kTraceparent);
  formats.json_->add("x-request-id", Field::kRequestId);
  return formats;
}

Result<Formats> Formats::stated(std::string_view format) {
  Formats formats;
  formats.is_stated_ = true;
  const std::size_t first = format.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && format[first] == '{') {
    const json parsed = parse_bounded(format);
    // Where it is no JSON object, Envoy's text format may still write one: numbers stand there without quotes.
    if (parsed.is_object()) {
      auto compiled = JsonFormat::compile(parsed);
      if (!compiled) return tl::make_unexpected(std::move(compiled.error()));
      formats.json_ = *std::move(compiled);
      return formats;
    }
  }
  auto compiled = TextFormat::compile(format, TextFormat::End::kOfLine);
  if (!compiled) return tl::make_unexpected(std::move(compiled.error()));
  formats.texts_.push_back({"--format", *std::move(compiled)});
  return formats;
}

bool Formats::read_json(std::string_view line, Fields& fields) const {
  fields.clear();
  if (!json_ || !json_->read(line, fields)) return false;
  // Applications log JSON with a "path" and a "request_id", too.
  return is_stated_ || fields.shows(Field::kResponseCode) || fields.shows(Field::kUpstreamCluster);
}

std::optional<std::size_t> Formats::read(std::string_view line, std::size_t hint, Fields& fields) const {
  if (line.starts_with('{') && read_json(line, fields)) return texts_.size();
  const auto is_text = [&](std::size_t number) {
    fields.clear();
    return texts_[number].format.read(line, fields);
  };
  if (hint < texts_.size() && is_text(hint)) return hint;
  for (std::size_t number = 0; number < texts_.size(); ++number) {
    if (number != hint && is_text(number)) return number;
  }
  return std::nullopt;
}

std::string_view Formats::name(std::size_t format) const {
  if (format < texts_.size()) return texts_[format].name;
  return is_stated_ ? "--format" : "JSON";
}

}  // namespace meshtrace::logs
