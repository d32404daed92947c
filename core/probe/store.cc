#include "core/probe/store.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/probe/jaeger_spans.h"
#include "core/probe/otlp_spans.h"

namespace meshtrace::probe {
namespace {

using Kind = Answer::Kind;

// Source: Jaeger, "APIs"; Tempo, "Tempo HTTP API".
constexpr std::array kJaegerApis = {StoreApi{"v3", "/api/v3/traces/", add_otlp_spans},
                                    StoreApi{"v1", "/api/traces/", add_jaeger_spans}};
constexpr std::array kTempoApis = {StoreApi{"v2", "/api/v2/traces/", add_otlp_spans},
                                   StoreApi{"v1", "/api/traces/", add_otlp_spans}};

constexpr int kNoContent = 204;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kTooManyRequests = 429;

std::string refusal(int status) {
  if (status == kUnauthorized || status == kForbidden) {
    return fmt::format("HTTP status {}: it wants other credentials (--store-token-file, --store-header)", status);
  }
  if (status >= 300 && status < 400) {
    return fmt::format("HTTP status {}: it redirects, and credentials do not follow; name the URL that it redirects to",
                       status);
  }
  return fmt::format("HTTP status {}", status);
}

}  // namespace

std::string_view store_name(StoreKind kind) { return kind == StoreKind::kJaeger ? "Jaeger" : "Tempo"; }

std::span<const StoreApi> apis_of(StoreKind kind) {
  return kind == StoreKind::kJaeger ? std::span<const StoreApi>(kJaegerApis) : std::span<const StoreApi>(kTempoApis);
}

Answer read_answer(const StoreApi& api, int status, const std::vector<nlohmann::json>& documents) {
  if (status == kNotFound || status == kNoContent) return {Kind::kNothing, {}, {}};
  if (status == kTooManyRequests || status >= 500) return {Kind::kNotYet, {}, refusal(status)};
  if (status < 200 || status >= 300) return {Kind::kImpossible, {}, refusal(status)};
  Answer answer{Kind::kTrace, {}, {}};
  for (const nlohmann::json& document : documents) {
    if (!api.add_spans(document, answer.list)) return {Kind::kNothing, {}, "its answer is no trace"};
  }
  if (documents.empty()) return {Kind::kNothing, {}, "its answer is no JSON"};
  return answer;
}

}  // namespace meshtrace::probe
