// A unified diff of two texts, as `diff -u` writes it.
#pragma once

#include <string>
#include <string_view>

namespace meshtrace::cli {

struct DiffOptions {
  std::string_view old_name;
  std::string_view new_name;
  bool color = false;
  int context = 3;  // unchanged lines around a change
};

// Empty where the texts are equal. Linear in the texts as long as changes are local; not always the shortest diff.
std::string unified_diff(std::string_view old_text, std::string_view new_text, const DiffOptions& options);

}  // namespace meshtrace::cli
