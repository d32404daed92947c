#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/client/file.h"
#include "webhook/policies/policy_files.h"

namespace meshtrace::webhook {
namespace {

namespace fs = std::filesystem;

// A swap may remove the folder that is being read; the next one is there already.
constexpr int kAttempts = 3;

bool is_policy_file(const fs::path& name) {
  const std::string text = name.string();
  const std::string extension = name.extension().string();
  return !text.starts_with('.') && (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

// The folder that is really read: what ..data points to at this moment, or the folder itself.
fs::path resolved(const fs::path& folder) {
  std::error_code none;
  const fs::path target = fs::read_symlink(folder / "..data", none);
  return none ? folder : folder / target;
}

Result<std::vector<fs::path>> policy_file_names(const fs::path& folder, const PolicyFileLimits& limits) {
  std::error_code error;
  std::vector<fs::path> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;  // the name is reported when the file is read
    if (!is_policy_file(entry->path().filename()) || entry->is_directory(unreadable)) continue;
    if (names.size() == limits.max_files) {
      return fail(folder.string(), fmt::format("holds more than {} policy files", limits.max_files));
    }
    names.push_back(entry->path().filename());
  }
  if (error) return fail(folder.string(), error.message());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<PolicyFile>> read_once(const fs::path& named, const fs::path& real, const PolicyFileLimits& limits) {
  const auto names = policy_file_names(real, limits);
  if (!names) return tl::make_unexpected(names.error());
  std::vector<PolicyFile> files;
  std::size_t total = 0;
  for (const fs::path& name : *names) {
    auto text = net::read_file((real / name).string(), limits.max_file_bytes);
    // Said of the name that the user knows, not of ..2026_11_21_….
    if (!text) return fail((named / name).string(), text.error().what);
    total += text->size();
    if (total > limits.max_total_bytes) {
      return fail(named.string(), fmt::format("its policy files hold more than {} bytes", limits.max_total_bytes));
    }
    files.push_back({(named / name).string(), std::move(*text)});
  }
  return files;
}

}  // namespace

Result<std::vector<PolicyFile>> read_policy_files(const fs::path& folder, const PolicyFileLimits& limits) {
  for (int attempt = 1;; ++attempt) {
    const fs::path real = resolved(folder);
    auto files = read_once(folder, real, limits);
    if (files || attempt == kAttempts || resolved(folder) == real) return files;
  }
}

}  // namespace meshtrace::webhook
