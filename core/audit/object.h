// One Kubernetes object of a snapshot: what it says, and where it came from.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/audit/kinds.h"

namespace meshtrace::audit {

// What tells an object from all others, as reports name it.
struct ObjectRef {
  std::string api_version;  // networking.istio.io/v1
  std::string kind;
  std::string ns;  // empty: cluster-scoped
  std::string name;
  // "VirtualService shop/reviews"
  [[nodiscard]] std::string title() const;
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

// A document of a file, or one item of a List in it: enough to find a field's line when a finding needs it.
struct Place {
  std::string file;       // as the user named it; empty: from a cluster
  std::string_view text;  // the document's own bytes, which outlive the object
  int first_line = 1;     // of `text` in the file
  bool is_json = false;
  std::string pointer;  // of the object in the document; empty but for items of a List in YAML
};

struct Object {
  Kind kind = Kind::kPod;
  ObjectRef ref;  // ns is never empty for a namespaced kind
  nlohmann::json value;
  Place place;

  // Of metadata; absent ones are an empty object.
  [[nodiscard]] const nlohmann::json& labels() const;
  [[nodiscard]] const nlohmann::json& annotations() const;
  // An annotation's text; empty where it is absent.
  [[nodiscard]] std::string annotation(const char* key) const;
  [[nodiscard]] std::string label(const char* key) const;
  [[nodiscard]] const nlohmann::json& spec() const;  // an empty object where there is none
};

using ObjectPointer = std::shared_ptr<const Object>;

// The object as a snapshot keeps it; nothing for a kind that no check reads. `default_namespace` is of an object that
// names none.
ObjectPointer make_object(nlohmann::json value, Place place, const std::string& default_namespace);

}  // namespace meshtrace::audit
