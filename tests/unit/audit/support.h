// Objects for tests of the audit, from YAML as users write it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/audit/load.h"
#include "core/audit/snapshot.h"

namespace meshtrace::audit {

// The text must outlive the objects.
inline Loaded load_text(std::string_view text, const std::string& default_namespace = "default") {
  Loaded loaded;
  Pieces pieces = cut("test.yaml", text);
  loaded.problems = std::move(pieces.problems);
  for (const Piece& piece : pieces.pieces) load(piece, default_namespace, loaded);
  return loaded;
}

inline Snapshot snapshot_of(std::string_view text, SnapshotOptions options = {}) {
  Loaded loaded = load_text(text);
  for (const Error& problem : loaded.problems) ADD_FAILURE() << problem.message();
  return {std::move(loaded.objects), std::move(options)};
}

}  // namespace meshtrace::audit
