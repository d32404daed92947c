// What the microbenchmarks measure on: the files that the load test sends too, read once before the clock runs. Ends
// the program when one of them is not what it should be: a benchmark of nothing would look fast.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/policy/decode.h"
#include "core/policy/index.h"
#include "core/yaml/yaml.h"

namespace meshtrace::bench {

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "benchmark fixture: %s\n", why.c_str());
  std::exit(1);
}

inline std::string read_file(const std::string& name) {
  std::ifstream file(std::string(MESHTRACE_SOURCE_DIR "/tests/bench/") + name);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) give_up(name + " cannot be read");
  return text;
}

// The AdmissionReview as the API server sends it: without white space, members in their order.
inline std::string review_bytes() { return nlohmann::ordered_json::parse(read_file("review.json")).dump(); }

inline nlohmann::json policy_object() {
  const std::string text = read_file("policy.yaml");
  const auto documents = yaml::read("policy.yaml", text);
  if (!documents) give_up(documents.error().message());
  return documents->front().value;
}

inline policy::TracingPolicy decoded(const nlohmann::json& object) {
  auto decoded = policy::decode(object, {});
  if (!decoded.policy) give_up(decoded.errors.front().path + ": " + decoded.errors.front().message);
  return std::move(*decoded.policy);
}

inline policy::TracingPolicy mesh_policy() {
  return decoded({{"apiVersion", policy::kApiVersion},
                  {"kind", policy::kKind},
                  {"metadata", {{"name", "mesh"}, {"namespace", policy::kDefaultRootNamespace}}},
                  {"spec", {{"workload", {{"propagators", {"tracecontext", "baggage"}}}}}}});
}

// The mesh's policy, that of the review's namespace, and `others` in as many other namespaces.
inline std::vector<policy::TracingPolicy> policies(int others) {
  const policy::TracingPolicy shop = decoded(policy_object());
  std::vector<policy::TracingPolicy> all = {mesh_policy(), shop};
  for (int i = 0; i < others; ++i) {
    all.push_back(shop);
    all.back().ns = "team-" + std::to_string(i);
  }
  return all;
}

inline policy::Index index_with(int others) { return {policies(others), policy::kDefaultRootNamespace}; }

}  // namespace meshtrace::bench
