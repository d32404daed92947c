#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

#include "core/policy/decode.h"
#include "core/yaml/yaml.h"
#include "webhook/policies/policy_files.h"

namespace meshtrace::webhook {
namespace {

// YAML nodes of one file, after aliases: a file of the permitted size has fewer without them.
constexpr std::size_t kMaxNodes = 500'000;

// "spec.workload.propagators[1]" as the JSON pointer "/spec/workload/propagators/1".
std::string pointer_of(std::string_view path) {
  std::string pointer = "/";
  bool in_brackets = false;
  for (const char c : path) {
    if (c == '[' || (c == '.' && !in_brackets)) {
      pointer += '/';
      in_brackets = c == '[';
    } else if (c == ']') {
      in_brackets = false;
    } else if (c == '~' || c == '/') {
      pointer += c == '~' ? "~0" : "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

class Decoder {
 public:
  explicit Decoder(const std::string& root_namespace) { options_.root_namespace = root_namespace; }

  void file(const PolicyFile& file) {
    yaml::Limits limits;
    limits.max_nodes = kMaxNodes;
    const auto documents = yaml::read(file.path, file.text, limits);
    if (!documents) {
      content_.problems.push_back(documents.error().message());
      return;
    }
    for (const auto& document : *documents) {
      const Place place{file, document, ""};
      if (document.value.is_null()) continue;
      const auto items = is_list(document.value) ? document.value.find("items") : document.value.end();
      if (items == document.value.end() || !items->is_array()) {
        object(document.value, place);
        continue;
      }
      for (std::size_t index = 0; index < items->size(); ++index) {
        object((*items)[index], {file, document, fmt::format("/items/{}", index)});
      }
    }
  }

  PolicyFileContent take() { return std::move(content_); }

 private:
  struct Place {
    const PolicyFile& file;
    const yaml::Document& document;
    std::string pointer;  // of the object in its document

    [[nodiscard]] std::string line(const std::string& below = {}) const {
      return fmt::format("{}:{}", file.path, document.at(pointer + below).line);
    }
  };

  static bool is_list(const nlohmann::json& value) {
    const auto kind = value.find("kind");
    return kind != value.end() && (*kind == "List" || *kind == "TracingPolicyList");
  }

  void object(const nlohmann::json& object, const Place& place) {
    if (!policy::is_tracing_policy(object)) {
      content_.problems.push_back(place.line() +
                                  ": no TracingPolicy of the group meshtrace.io; this folder may hold nothing else");
      return;
    }
    policy::Decoded decoded = policy::decode(object, options_);
    for (const auto& error : decoded.errors) content_.problems.push_back(finding(error, place));
    for (const auto& warning : decoded.warnings) content_.warnings.push_back(finding(warning, place));
    if (!decoded.policy) return;
    const std::string name = decoded.policy->ns + "/" + decoded.policy->name;
    const auto [first, is_new] = seen_.emplace(name, place.line());
    if (is_new) {
      content_.policies.push_back(std::move(*decoded.policy));
    } else {
      content_.problems.push_back(fmt::format("{}: {} is in {} already", place.line(), name, first->second));
    }
  }

  static std::string finding(const policy::FieldError& error, const Place& place) {
    return fmt::format("{}: {}: {}", place.line(pointer_of(error.path)), error.path, error.message);
  }

  policy::DecodeOptions options_;
  PolicyFileContent content_;
  std::map<std::string, std::string> seen_;  // namespace/name: where
};

}  // namespace

PolicyFileContent decode_policy_files(const std::vector<PolicyFile>& files, const std::string& root_namespace) {
  Decoder decoder(root_namespace);
  for (const PolicyFile& file : files) decoder.file(file);
  return decoder.take();
}

}  // namespace meshtrace::webhook
