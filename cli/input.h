// The files, folders and standard input that the -f and --policy options name, as texts. Knows nothing of YAML.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "core/base/result.h"

namespace meshtrace::cli {

inline constexpr const char* kStandardInput = "standard input";

struct Source {
  std::string name;  // as the user would name it: a path, or kStandardInput
  std::string text;
};

struct InputOptions {
  bool recursive = false;  // folders below folders, too
  // One file: more than any manifest, and a bound for a device file given by mistake.
  std::size_t max_file_bytes = 256u << 20;
};

// In the order given; a folder's .yaml, .yml and .json files by name, as kubectl reads them. "-" is standard input.
Result<std::vector<Source>> read_sources(const std::vector<std::string>& paths, const InputOptions& options,
                                         const Environment& environment);

}  // namespace meshtrace::cli
