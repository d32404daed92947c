// A JSON List (`kubectl get -o json`) cut into its items without reading them, so that they can be read side by side,
// and so that a text that ends in the middle still gives what it has.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace meshtrace::audit {

struct JsonItem {
  std::string_view text;  // what begins as an object and has as many closing as opening brackets; not yet checked
  int line = 1;
};

struct JsonList {
  std::vector<JsonItem> items;
  std::string_view api_version;  // of the List; empty where it says none
  std::string_view kind;         // "List", "PodList"
  bool is_cut_off = false;
  int last_line = 1;  // where it is cut off
};

// Nothing for every other text, a List among other documents too: it is read as YAML.
std::optional<JsonList> cut_json_list(std::string_view text);

}  // namespace meshtrace::audit
