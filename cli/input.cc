#include "cli/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace meshtrace::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kExtensions{".json", ".yaml", ".yml"};

bool has_manifest_extension(const fs::path& path) {
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) != kExtensions.end();
}

Result<std::string> read_file(const fs::path& path, std::size_t max_bytes) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(path.string(), fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::string text;
  std::error_code unknown;  // of a pipe, say
  const auto size = fs::file_size(path, unknown);
  if (!unknown) text.reserve(std::min<std::uintmax_t>(size, max_bytes));
  std::array<char, 64 * 1024> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_bytes) return fail(path.string(), fmt::format("larger than {} MiB", max_bytes >> 20));
  }
  if (file.bad()) return fail(path.string(), fmt::format("cannot be read: {}", std::strerror(errno)));
  return text;
}

// A folder's files by name, with those of its folders in place when asked for. Links to folders are not followed, so
// that the walk ends.
Result<std::vector<fs::path>> list_folder(const fs::path& folder, bool recursive) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  if (error) return fail(folder.string(), fmt::format("cannot be listed: {}", error.message()));
  std::sort(entries.begin(), entries.end());

  std::vector<fs::path> files;
  for (const fs::path& entry : entries) {
    const auto status = fs::symlink_status(entry, error);
    if (!fs::is_directory(status)) {
      if (has_manifest_extension(entry)) files.push_back(entry);
      continue;
    }
    if (!recursive) continue;
    auto below = list_folder(entry, recursive);
    if (!below) return below;
    files.insert(files.end(), below->begin(), below->end());
  }
  return files;
}

Result<std::vector<fs::path>> files_of(const std::string& path, const InputOptions& options) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return fail(path, "no such file or folder");
  if (!fs::is_directory(status)) return std::vector<fs::path>{path};
  auto files = list_folder(path, options.recursive);
  if (files && files->empty()) {
    return fail(path, options.recursive ? "no .yaml, .yml or .json file in this folder or below"
                                        : "no .yaml, .yml or .json file in this folder; folders below need -R");
  }
  return files;
}

}  // namespace

Result<std::vector<Source>> read_sources(const std::vector<std::string>& paths, const InputOptions& options,
                                         const Environment& environment) {
  std::vector<Source> sources;
  for (const std::string& path : paths) {
    if (path == "-") {
      auto text = environment.read_standard_input(options.max_file_bytes);
      if (!text) return tl::make_unexpected(std::move(text.error()));
      sources.push_back({kStandardInput, *std::move(text)});
      continue;
    }
    if (path.starts_with("http://") || path.starts_with("https://")) {
      return fail(path, "addresses are not fetched; use curl and -f -");
    }
    auto files = files_of(path, options);
    if (!files) return tl::make_unexpected(std::move(files.error()));
    for (const fs::path& file : *files) {
      auto text = read_file(file, options.max_file_bytes);
      if (!text) return tl::make_unexpected(std::move(text.error()));
      sources.push_back({file.string(), *std::move(text)});
    }
  }
  return sources;
}

}  // namespace meshtrace::cli
