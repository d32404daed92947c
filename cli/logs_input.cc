#include "cli/logs_input.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>

#include "cli/text.h"

namespace meshtrace::cli {
namespace {

using ReadSome = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

constexpr std::size_t kChunkBytes = 256u << 10;  // fits the processor's cache
constexpr std::chrono::seconds kProgressEvery{2};

Result<void> read_log(const std::string& name, const ReadSome& read_some, const Environment& environment,
                      logs::Analysis& analysis) {
  std::vector<char> buffer(kChunkBytes);
  std::uint64_t total = 0;
  auto told = environment.now();
  analysis.begin(name);
  while (true) {
    const auto got = read_some(buffer.data(), buffer.size());
    if (!got) return tl::make_unexpected(got.error());
    if (*got == 0) break;
    analysis.feed({buffer.data(), *got});
    total += *got;
    if (environment.now() - told < kProgressEvery) continue;
    told = environment.now();
    environment.progress(printable(fmt::format("{}: {} MiB read", name, total >> 20)));
  }
  analysis.end();
  return {};
}

Result<void> read_log_file(const std::string& path, const Environment& environment, logs::Analysis& analysis) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fail(path, "is a folder; name its files");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  const auto read_some = [&](char* buffer, std::size_t size) -> Result<std::size_t> {
    file.read(buffer, static_cast<std::streamsize>(size));
    if (file.bad()) return fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    return static_cast<std::size_t>(file.gcount());
  };
  return read_log(path, read_some, environment, analysis);
}

}  // namespace

Result<void> read_log_files(const std::vector<std::string>& paths, const Environment& environment,
                            logs::Analysis& analysis) {
  for (const std::string& path : paths) {
    auto read = path == "-" ? read_log("standard input", environment.read_some, environment, analysis)
                            : read_log_file(path, environment, analysis);
    if (!read) return read;
  }
  return {};
}

}  // namespace meshtrace::cli
