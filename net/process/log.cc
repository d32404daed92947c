#include "net/process/log.h"

#include <fmt/chrono.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "core/inject/json_text.h"
#include "net/process/utf8.h"

namespace meshtrace::log {
namespace {

void append_json(std::string& out, std::string_view text) { inject::append_json_string(out, repair_utf8(text)); }

// What write() puts first: such a payload is a piece of JSON already, any other is a library's plain text.
constexpr std::string_view kStructured = "\"msg\":";

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::warn:
      return "warn";
    case spdlog::level::err:
    case spdlog::level::critical:
      return "error";
    default:
      return "info";
  }
}

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto since_epoch = message.time.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch - seconds);
    if (seconds.count() != second_) {  // a line's date is the dearest part of it, and lines come in bursts
      second_ = seconds.count();
      date_ = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(second_)));
    }
    const std::string_view payload(message.payload.data(), message.payload.size());
    std::string escaped;
    if (!payload.starts_with(kStructured)) {
      escaped = kStructured;
      append_json(escaped, payload);
    }
    fmt::format_to(std::back_inserter(out),
                   R"({{"ts":"{}.{:03}Z","level":"{}",{}}})"
                   "\n",
                   date_, millis.count(), name_of(message.level), escaped.empty() ? payload : escaped);
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

 private:
  std::int64_t second_ = -1;  // since the epoch, of date_; spdlog calls format() under its sink's mutex
  std::string date_;
};

}  // namespace

Result<Level> parse_level(std::string_view text) {
  if (text == "debug") return Level::kDebug;
  if (text == "info") return Level::kInfo;
  if (text == "warn") return Level::kWarn;
  if (text == "error") return Level::kError;
  return fail("--log-level", "unknown level \"" + std::string(text) + "\": use debug, info, warn or error");
}

void init(Level level) {
  auto logger = std::make_shared<spdlog::logger>("meshtrace", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<JsonFormatter>());
  logger->set_level(to_spdlog(level));
  spdlog::set_default_logger(std::move(logger));
}

bool enabled(Level level) { return spdlog::default_logger_raw()->should_log(to_spdlog(level)); }

void write(Level level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  std::string payload(kStructured);
  append_json(payload, message);
  for (const Field& field : fields) {
    payload.push_back(',');
    append_json(payload, field.key);
    payload.push_back(':');
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_json(payload, *text);
    } else {
      payload.append(std::to_string(std::get<std::int64_t>(field.value)));
    }
  }
  spdlog::default_logger_raw()->log(to_spdlog(level), payload);
}

}  // namespace meshtrace::log
