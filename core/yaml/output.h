// New YAML documents, for objects that no author has written: block style, an object's parts in the order in which
// Kubernetes' documents have them, strings quoted so that YAML 1.1 and 1.2 read the same. An author's text is
// rewrite()'s.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace meshtrace::yaml {

// Ends in a newline. Text of several lines, or with quotes and backslashes, is a literal block: formats and
// expressions are read as they are.
std::string yaml_document(const nlohmann::json& object);

// Separated by --- lines.
std::string yaml_documents(const std::vector<nlohmann::json>& objects);

}  // namespace meshtrace::yaml
