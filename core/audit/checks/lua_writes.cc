#include "core/audit/checks/lua_writes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

using What = HeaderChange::What;

struct Token {
  enum class Kind { kName, kText, kSign } kind = Kind::kSign;
  std::string text = {};  // of a string what is between its quotes
  int line = 1;
};

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Names, strings and signs; comments are left out.
class Lexer {
 public:
  explicit Lexer(std::string_view code) : code_(code.substr(0, kMaxLua)) {}

  std::optional<Token> next() {
    skip_blank();
    if (at_ >= code_.size()) return std::nullopt;
    Token token;
    token.line = line_;
    const char c = code_[at_];
    if (is_name(c)) {
      token.kind = Token::Kind::kName;
      while (at_ < code_.size() && is_name(code_[at_])) token.text += code_[at_++];
    } else if (c == '"' || c == '\'') {
      token.kind = Token::Kind::kText;
      token.text = quoted(c);
    } else if (const std::size_t level = long_bracket(at_); level > 0) {
      token.kind = Token::Kind::kText;
      token.text = long_text(level);
    } else {
      token.text = c;
      ++at_;
    }
    return token;
  }

 private:
  void skip_blank() {
    while (at_ < code_.size()) {
      if (std::isspace(static_cast<unsigned char>(code_[at_])) != 0) {
        if (code_[at_++] == '\n') ++line_;
      } else if (code_.substr(at_, 2) == "--") {
        at_ += 2;
        if (const std::size_t level = long_bracket(at_); level > 0) {
          long_text(level);
        } else {
          at_ = std::min(code_.find('\n', at_), code_.size());
        }
      } else {
        return;
      }
    }
  }

  std::string quoted(char quote) {
    std::string text;
    for (++at_; at_ < code_.size() && code_[at_] != quote && code_[at_] != '\n'; ++at_) {
      if (code_[at_] == '\\' && at_ + 1 < code_.size()) ++at_;
      text += code_[at_];
    }
    ++at_;
    return text;
  }

  // The length of "[[" or "[==[" at a place; 0 where there is none.
  [[nodiscard]] std::size_t long_bracket(std::size_t from) const {
    if (code_.substr(from, 1) != "[") return 0;
    const std::size_t end = std::min(code_.find_first_not_of('=', from + 1), code_.size());
    return code_.substr(end, 1) == "[" ? end - from + 1 : 0;
  }

  std::string long_text(std::size_t opening) {
    const std::string close = "]" + std::string(opening - 2, '=') + "]";
    const std::size_t start = at_ + opening;
    const std::size_t end = std::min(code_.find(close, start), code_.size());
    const std::string text(code_.substr(start, end - start));
    line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    at_ = std::min(end + close.size(), code_.size());
    return text;
  }

  std::string_view code_;
  std::size_t at_ = 0;
  int line_ = 1;
};

std::optional<What> method(std::string_view name) {
  if (name == "remove") return What::kRemoved;
  if (name == "replace") return What::kSet;
  if (name == "add") return What::kAdded;
  return std::nullopt;
}

bool is_branch(std::string_view word) {
  constexpr std::array<std::string_view, 4> kBranches{"if", "for", "while", "repeat"};
  return std::find(kBranches.begin(), kBranches.end(), word) != kBranches.end();
}

}  // namespace

std::vector<LuaWrite> lua_writes(std::string_view code) {
  std::vector<LuaWrite> writes;
  std::array<Token, 4> last;  // the newest at the end
  bool is_response = false;
  bool is_certain = true;
  Lexer lexer(code);
  while (const auto token = lexer.next()) {
    std::rotate(last.begin(), last.begin() + 1, last.end());
    last.back() = *token;
    if (token->kind == Token::Kind::kName) {
      if (token->text.starts_with("envoy_on_")) {
        is_response = token->text == "envoy_on_response";
        is_certain = true;
      }
      if (is_branch(token->text)) is_certain = false;
    }
    // ":remove("x")" or ":remove "x"": the header is the newest token.
    const bool with_bracket = last[2].text == "(" && last[2].kind == Token::Kind::kSign;
    const Token& name = with_bracket ? last[1] : last[2];
    const Token& colon = with_bracket ? last[0] : last[1];
    const auto what = method(name.text);
    if (token->kind != Token::Kind::kText || !what || colon.text != ":" || is_response) continue;
    if (!is_trace_header(token->text)) continue;
    writes.push_back({*what, in_lower_case(std::string(token->text)), is_certain, token->line});
  }
  return writes;
}

}  // namespace meshtrace::audit
