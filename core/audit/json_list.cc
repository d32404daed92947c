#include "core/audit/json_list.h"

#include <algorithm>
#include <cstddef>

namespace meshtrace::audit {
namespace {

constexpr std::size_t kEnd = std::string_view::npos;

// Walks over JSON by its brackets and strings. A step that meets the end of the text says so by ended().
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ended() const { return at_ >= text_.size(); }

  bool take(char wanted) {
    skip_space();
    if (ended() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  [[nodiscard]] char peek() {
    skip_space();
    return ended() ? '\0' : text_[at_];
  }

  // Between its quotes, unescaped as it stands.
  std::string_view take_string() {
    const std::size_t begin = at_ + 1;
    skip_string();
    return text_.substr(begin, std::max(at_, begin + 1) - begin - 1);
  }

  std::string_view take_value() {
    const char first = peek();
    const std::size_t begin = at_;
    if (first == '"') {
      skip_string();
    } else if (first == '{' || first == '[') {
      skip_brackets();
    } else {
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    }
    return text_.substr(begin, at_ - begin);
  }

  [[nodiscard]] bool has_closed_brackets() const { return closed_; }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  void skip_brackets() {
    int depth = 0;
    closed_ = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) {
        closed_ = true;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool closed_ = false;
};

class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text), walker_(text) {}

  std::optional<JsonList> cut() {
    if (!walker_.take('{')) return std::nullopt;
    do {
      if (!member()) return std::nullopt;
    } while (!list_.is_cut_off && walker_.take(','));
    if (list_.is_cut_off) return std::move(list_);
    if (has_items_ && walker_.peek() == '\0') return cut_off();
    const bool is_list = has_items_ && list_.kind.ends_with("List") && walker_.take('}') && walker_.peek() == '\0';
    return is_list ? std::optional(std::move(list_)) : std::nullopt;
  }

 private:
  bool member() {
    const char first = walker_.peek();
    if (first == '\0' && has_items_) return is_cut_off();
    if (first != '"') return false;
    const std::string_view key = walker_.take_string();
    if (!walker_.take(':')) return has_items_ && walker_.ended() && is_cut_off();
    if (key == "items") return !has_items_ && items();
    const std::string_view value = walker_.take_value();
    if (walker_.ended()) return has_items_ && is_cut_off();
    const bool is_text = value.size() >= 2 && value.front() == '"' && value.find('\\') == kEnd;
    if (key == "kind" && is_text) list_.kind = value.substr(1, value.size() - 2);
    if (key == "apiVersion" && is_text) list_.api_version = value.substr(1, value.size() - 2);
    return true;
  }

  bool items() {
    if (!walker_.take('[')) return false;
    has_items_ = true;
    if (walker_.take(']')) return true;
    do {
      if (walker_.peek() == '\0') return is_cut_off();
      if (walker_.peek() != '{') return false;
      const std::size_t begin = walker_.at();
      const std::string_view item = walker_.take_value();
      if (!walker_.has_closed_brackets()) return is_cut_off();
      list_.items.push_back({item, line_of(begin)});
    } while (walker_.take(','));
    return walker_.take(']') || (walker_.peek() == '\0' && is_cut_off());
  }

  bool is_cut_off() {
    list_.is_cut_off = true;
    list_.last_line = line_of(text_.size());
    return true;
  }

  std::optional<JsonList> cut_off() {
    is_cut_off();
    return std::move(list_);
  }

  // Asked for ever later bytes.
  int line_of(std::size_t byte) {
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                         text_.begin() + static_cast<std::ptrdiff_t>(byte), '\n'));
    counted_ = byte;
    return line_;
  }

  std::string_view text_;
  Walker walker_;
  JsonList list_;
  bool has_items_ = false;
  std::size_t counted_ = 0;
  int line_ = 1;
};

}  // namespace

std::optional<JsonList> cut_json_list(std::string_view text) { return Cutter(text).cut(); }

}  // namespace meshtrace::audit
