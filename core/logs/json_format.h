// Access logs of one JSON object a line. Lines are scanned for the keys that are needed, at any depth, without building
// a document; values stay as they are written, escapes included.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/logs/fields.h"

namespace meshtrace::logs {

class JsonFormat {
 public:
  // From a JSON format of Envoy's, {"trace": "%REQ(TRACEPARENT)%"}: members whose value is one command alone. Refuses
  // one key for two of the needed fields, and a cut traceparent. The error's `where` is empty.
  static Result<JsonFormat> compile(const nlohmann::json& format);
  // One more key for a field, beside those of the format.
  void add(std::string key, Field field) { keys_.emplace_back(std::move(key), field); }

  // False where the line is no such object: truncated, no JSON, or none of the keys is in it.
  bool read(std::string_view line, Fields& fields) const;

 private:
  [[nodiscard]] const Field* find(std::string_view key) const;
  Result<void> collect(const nlohmann::json& format);

  std::vector<std::pair<std::string, Field>> keys_;
};

}  // namespace meshtrace::logs
