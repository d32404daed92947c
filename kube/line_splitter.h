// A byte stream as lines: a watch is one JSON object a line, which arrives in pieces of any size.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace meshtrace::kube {

// A watch event is one object, of which etcd takes 1.5 MiB by default; room for a server that is set to take more.
inline constexpr std::size_t kMaxLineBytes = 8u << 20;

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line_bytes = kMaxLineBytes) : max_line_bytes_(max_line_bytes) {}

  // Calls on_line for each line that `bytes` completes, without its line break; empty lines are skipped. False, then
  // and for good, once a line is longer than the limit: the lines before it were given out, the rest is dropped.
  bool feed(std::string_view bytes, const std::function<void(std::string)>& on_line);

  // The last line, which no line break ended; empty when there is none.
  std::string take_rest();

 private:
  bool append(std::string_view part);

  std::size_t max_line_bytes_;
  std::string partial_;
  bool overflown_ = false;
};

}  // namespace meshtrace::kube
