// A list of replacements in one text, made against the original's offsets and applied together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::yaml {

class Edits {
 public:
  void replace(std::size_t begin, std::size_t end, std::string text);
  // Insertions at one place stand in the order in which they were made.
  void insert(std::size_t at, std::string text) { replace(at, at, std::move(text)); }

  // The edited text; none if two edits overlap.
  [[nodiscard]] std::optional<std::string> apply(std::string_view text) const;
  // Where the first edit is; 0 if there is none.
  [[nodiscard]] std::size_t first_byte() const;

 private:
  struct Edit {
    std::size_t begin;
    std::size_t end;
    std::string text;
  };
  std::vector<Edit> edits_;
};

}  // namespace meshtrace::yaml
