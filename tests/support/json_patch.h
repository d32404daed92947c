// An RFC 6902 implementation of the tests' own: what the patch means is not left to the library that the programs use.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace meshtrace::test {

inline std::vector<std::string> pointer_tokens(const std::string& pointer) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    std::string token;
    for (std::size_t i = at + 1; i < end; ++i) {
      token += pointer[i] != '~' ? pointer[i] : pointer[++i] == '0' ? '~' : '/';
    }
    tokens.push_back(token);
    at = end;
  }
  return tokens;
}

inline std::size_t array_index(const nlohmann::json& array, const std::string& token, bool inserting) {
  if (token == "-" && inserting) return array.size();
  const std::size_t index = std::stoul(token);
  if (index >= array.size() + (inserting ? 1 : 0)) throw std::runtime_error("index out of range: " + token);
  return index;
}

// Parent of the last token; throws where the path does not exist, as the RFC wants.
inline nlohmann::json& parent_of(nlohmann::json& document, const std::vector<std::string>& tokens) {
  nlohmann::json* at = &document;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    at = at->is_array() ? &at->at(array_index(*at, tokens[i], false)) : &at->at(tokens[i]);
  }
  return *at;
}

inline nlohmann::json apply_patch(nlohmann::json document, const nlohmann::json& patch) {
  for (const auto& operation : patch) {
    const auto tokens = pointer_tokens(operation.at("path"));
    nlohmann::json& parent = parent_of(document, tokens);
    const std::string& last = tokens.back();
    const std::string op = operation.at("op");
    if (op == "add" && parent.is_array()) {
      parent.insert(parent.begin() + static_cast<std::ptrdiff_t>(array_index(parent, last, true)),
                    operation.at("value"));
    } else if (op == "add") {
      parent[last] = operation.at("value");
    } else if (op == "replace" && parent.is_array()) {
      parent.at(array_index(parent, last, false)) = operation.at("value");
    } else if (op == "replace") {
      parent.at(last) = operation.at("value");
    } else {
      throw std::runtime_error("an operation that no patch of ours has: " + op);
    }
  }
  return document;
}

}  // namespace meshtrace::test
