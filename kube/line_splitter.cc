#include "kube/line_splitter.h"

#include <utility>

namespace meshtrace::kube {

bool LineSplitter::append(std::string_view part) {
  if (part.size() > max_line_bytes_ - partial_.size()) {
    overflown_ = true;
    std::string().swap(partial_);
    return false;
  }
  partial_ += part;
  return true;
}

bool LineSplitter::feed(std::string_view bytes, const std::function<void(std::string)>& on_line) {
  while (!overflown_ && !bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (!append(bytes.substr(0, end))) break;
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    if (!partial_.empty()) on_line(std::exchange(partial_, {}));
  }
  return !overflown_;
}

std::string LineSplitter::take_rest() { return std::exchange(partial_, {}); }

}  // namespace meshtrace::kube
