// The Kubernetes objects in the texts: every document, Lists opened. Judges no object but for being one.
#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/yaml/yaml.h"

namespace meshtrace::cli {

struct Object {
  const yaml::Document* document = nullptr;
  std::string pointer;                    // JSON pointer in the document; empty unless it is in a List
  const nlohmann::json* value = nullptr;  // in the document
  std::string api_version;
  std::string kind;
  std::string name;  // metadata.name, else generateName; may be empty
  std::string ns;    // metadata.namespace; may be empty

  [[nodiscard]] std::string title() const;  // Deployment/checkout
  // "file:LINE" of a field's path below the object (spec.containers[0].env); of the object without one.
  [[nodiscard]] std::string place(std::string_view field_path = {}) const;
  // As place(), of a JSON pointer below the object.
  [[nodiscard]] std::string place_at(std::string_view pointer_below) const;
};

struct Manifest {
  Source source;
  std::vector<yaml::Document> documents;  // views into source.text
  std::vector<Object> objects;            // pointers into documents
};

// A deque: a Manifest must not move, its documents are views of its text.
using Manifests = std::deque<Manifest>;

Result<Manifests> read_manifests(std::vector<Source> sources);

}  // namespace meshtrace::cli
