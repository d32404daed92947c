// What the tests of core/policy share: policies from a few words, and files of the repository.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/policy/decode.h"

namespace meshtrace::policy::test {

inline nlohmann::json object_of(std::string_view ns, std::string_view name, nlohmann::json spec) {
  return {{"apiVersion", kApiVersion},
          {"kind", kKind},
          {"metadata", {{"name", name}, {"namespace", ns}}},
          {"spec", std::move(spec)}};
}

// `spec` is a JSON text.
inline Decoded decoded(std::string_view ns, std::string_view spec, const DecodeOptions& options = {}) {
  return decode(object_of(ns, "p", nlohmann::json::parse(spec)), options);
}

// A policy whose spec must be right.
inline TracingPolicy policy_of(std::string_view ns, std::string_view name, std::string_view spec,
                               std::string_view created = {}) {
  nlohmann::json object = object_of(ns, name, nlohmann::json::parse(spec));
  if (!created.empty()) object["metadata"]["creationTimestamp"] = created;
  Decoded result = decode(object, {});
  for (const FieldError& error : result.errors) ADD_FAILURE() << error.path << ": " << error.message;
  return result.policy.value_or(TracingPolicy{});
}

inline std::string text_of(const std::vector<FieldError>& findings) {
  std::string text;
  for (const FieldError& finding : findings) text += finding.path + ": " + finding.message + "\n";
  return text;
}

inline std::string file(std::string_view path) {
  std::ifstream stream(std::string(MESHTRACE_SOURCE_DIR "/") + std::string(path));
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace meshtrace::policy::test
