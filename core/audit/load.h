// Texts of files as the objects of a snapshot. Cut into pieces first, so that a caller with several cores reads them
// side by side; what cannot be read is told and the rest is there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/object.h"
#include "core/base/result.h"

namespace meshtrace::audit {

struct Piece {
  std::string_view file;  // its name
  std::string_view text;  // one YAML document, or one item of a JSON List
  int first_line = 1;
  bool is_json = false;
  // Of the List that an item stands in: items of a PodList as the API server writes them have no kind of their own.
  std::string_view list_api_version = {};
  std::string_view list_kind = {};
};

struct Loaded {
  std::vector<ObjectPointer> objects;
  std::vector<Error> problems;  // "file:LINE" and what could not be read there
  std::size_t seen = 0;         // objects of any kind
};

// The pieces, and what of the text is none (a JSON List that ends in the middle, bytes that are no UTF-8).
struct Pieces {
  std::vector<Piece> pieces;
  std::vector<Error> problems;
};
Pieces cut(std::string_view file, std::string_view text);

// Lists are opened. Appends.
void load(const Piece& piece, const std::string& default_namespace, Loaded& loaded);

}  // namespace meshtrace::audit
