// Which of the formats an access log is written in: Istio's defaults of all versions, Envoy's, JSON with the default
// names, our presets behind any of them; or the one that the user states. Found line by line, since a log may hold
// several, and much that is no access log.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/logs/fields.h"
#include "core/logs/json_format.h"
#include "core/logs/text_format.h"

namespace meshtrace::logs {

class Formats {
 public:
  // All that are known.
  static Formats known();
  // Only this one: a text format, or a JSON object as a JSON accessLogFormat is. The error's `where` is empty.
  static Result<Formats> stated(std::string_view format);

  // The format's number, or nothing where the line is no entry of an access log; `hint` is the one of the line before.
  std::optional<std::size_t> read(std::string_view line, std::size_t hint, Fields& fields) const;

  [[nodiscard]] std::string_view name(std::size_t format) const;
  // Whether members that have no value may be missing from entries.
  [[nodiscard]] bool is_json(std::size_t format) const { return format == texts_.size(); }
  [[nodiscard]] bool begin_with_time() const { return !texts_.empty() && texts_.front().format.begins_with_time(); }
  [[nodiscard]] std::size_t size() const { return texts_.size() + (json_ ? 1 : 0); }

 private:
  struct Text {
    std::string name;
    TextFormat format;
  };

  [[nodiscard]] bool read_json(std::string_view line, Fields& fields) const;

  std::vector<Text> texts_;
  std::optional<JsonFormat> json_;  // its number is behind those of the texts
  bool is_stated_ = false;
};

}  // namespace meshtrace::logs
