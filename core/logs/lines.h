// A byte stream as lines, without copying those that arrive whole. A line that is too long is dropped and counted, so
// that memory stays bounded whatever comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace::logs {

// Envoy's headers are 60 KiB at most by default, and an entry shows some of them; a container runtime cuts at 16 KiB.
inline constexpr std::size_t kMaxLineBytes = 1u << 20;

class Lines {
 public:
  // Calls on_line(line) for each line that `bytes` completes, without its line break and but for empty ones. The view
  // holds during the call.
  template <class OnLine>
  void feed(std::string_view bytes, OnLine&& on_line) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      if (end == std::string_view::npos) return keep(part);
      if (partial_.empty() && !overlong_) {
        overlong_ = part.size() > kMaxLineBytes;
        give(part, on_line);
      } else {
        keep(part);
        give(partial_, on_line);
      }
      bytes.remove_prefix(end + 1);
    }
  }

  // The end of the stream. True where a last line had no line break: it is truncated, and not given out.
  bool finish() {
    if (partial_.empty() && !overlong_) return false;
    ++count_;
    if (overlong_) ++dropped_;
    return !overlong_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }             // lines so far, empty ones among them
  [[nodiscard]] std::uint64_t count_overlong() const { return dropped_; }  // of which so many were too long

 private:
  template <class OnLine>
  void give(std::string_view line, OnLine&& on_line) {
    ++count_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (overlong_) {
      ++dropped_;
    } else if (!line.empty()) {
      on_line(line);
    }
    partial_.clear();
    overlong_ = false;
  }

  void keep(std::string_view part) {
    overlong_ = overlong_ || partial_.size() + part.size() > kMaxLineBytes;
    if (overlong_) {
      partial_.clear();
    } else {
      partial_ += part;
    }
  }

  std::string partial_;
  bool overlong_ = false;
  std::uint64_t count_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace meshtrace::logs
