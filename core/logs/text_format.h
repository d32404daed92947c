// A text format of Envoy's, made ready to take lines apart: from literal to literal, keeping only the fields that are
// needed. The grammar is policy/access_log_format.h's. A value that holds the literal behind it (a quote and a blank in
// a user agent) is cut there, as for every reader of such logs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/logs/fields.h"

namespace meshtrace::logs {

class TextFormat {
 public:
  enum class End {
    kOfLine,   // the format is the whole line
    kPresets,  // "name=value" may follow, as our presets append them
  };
  // Refuses what cannot be told apart or judged: commands with nothing between them, a cut traceparent, several lines.
  // The error's `where` is empty.
  static Result<TextFormat> compile(std::string_view format, End end);

  // False where the line is not of this format.
  bool read(std::string_view line, Fields& fields) const;

  // Whether entries begin with %START_TIME%, which looks like what log collectors put before them.
  [[nodiscard]] bool begins_with_time() const { return start_.empty() && steps_.front().field == Field::kStartTime; }

 private:
  struct Step {
    std::optional<Field> field;
    bool is_number = false;
    std::string literal;  // what stands behind the value; empty: the last one, up to the line's end
  };

  std::string start_;  // what lines begin with
  std::vector<Step> steps_;
  End end_ = End::kOfLine;
};

}  // namespace meshtrace::logs
