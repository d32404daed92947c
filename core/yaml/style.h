// The author's habits, read off a document: how deep lists are indented, how JSON is spaced.
#pragma once

#include <string>
#include <vector>

#include "core/yaml/layout.h"
#include "core/yaml/render.h"

namespace meshtrace::yaml {

// As the first blocks of the document are, else two spaces.
BlockStyle usual_block_style(const Layout& layout, const Node& root);

// As in the innermost of `path` (the maps and lists from the root down to an edit) that shows it, else as usual.
BlockStyle block_style(const Layout& layout, const std::vector<const Node*>& path, const BlockStyle& usual);

struct JsonStyle {
  FlowStyle flow;
  std::string step;  // indentation of one level; empty where the root stands on one line
};

// Of a flow or JSON document: by its first colon and its root's first line.
JsonStyle json_style(const Layout& layout, const Node& root, bool is_json);

}  // namespace meshtrace::yaml
