// Result<T>: what a decision returns instead of throwing. An Error says where, what, and what would be right.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace meshtrace {

struct Error {
  std::string where;  // a file and line, a field path, an object; may be empty
  std::string what;   // one sentence: what is wrong and, where known, what would be right

  // "where: what", or what alone.
  [[nodiscard]] std::string message() const { return where.empty() ? what : where + ": " + what; }
  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string where, std::string what) {
  return tl::make_unexpected(Error{std::move(where), std::move(what)});
}

}  // namespace meshtrace
