// One step of an edit of the mesh text: a single entry set or put back, by splices of bytes. Nothing is proven here:
// mesh_text.cc reads every result again.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/mesh/mesh_text.h"

namespace meshtrace::mesh {

struct EntryStep {
  std::string text;
  std::optional<std::string> previous;  // as EditedText has it
};

// Both want a text that read_mesh_text() took, without byte order mark. An error names the line.
Result<EntryStep> set_entry(std::string_view name, std::string_view text, const Entry& entry,
                            const nlohmann::json& value);
// Of an entry that is not there: nothing to do if it was not there before either.
Result<std::string> restore_entry(std::string_view name, std::string_view text, const Entry& entry,
                                  const std::optional<std::string>& previous);

// The text read as if it ended its last line. A block scalar at the very end gets its last line end from the line that
// we add below it, and loses it again when that line goes: on the way back the two count as one.
Result<nlohmann::json> read_ended_mesh_text(std::string_view name, std::string_view text);

}  // namespace meshtrace::mesh
