// What the kubelet makes of a container's `env`: each value expanded against the entries that stand before it, the
// downward API filled in. After k8s.io/kubernetes/third_party/forked/golang/expansion, written anew for the tests.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace meshtrace::test {

using Variables = std::map<std::string, std::string>;

inline std::string expand(const std::string& text, const Variables& known) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '$') {
      out += text[++i];
    } else if (const std::size_t close = text.find(')', i); text[i + 1] == '(' && close != std::string::npos) {
      const std::string name = text.substr(i + 2, close - i - 2);
      const auto found = known.find(name);
      out += found == known.end() ? "$(" + name + ")" : found->second;
      i = close;
    } else {
      out += '$';
    }
  }
  return out;
}

// `fields`: values of the downward API by field path; a field that is not in it is an error of the test.
// Other sources (configMapKeyRef, …) take their text from `sources`, by the variable's name.
inline Variables run_environment(const nlohmann::json& container, const Variables& fields,
                                 const Variables& sources = {}) {
  Variables known;
  if (!container.contains("env") || container.at("env").is_null()) return known;
  for (const auto& entry : container.at("env")) {
    const std::string name = entry.at("name");
    if (!entry.contains("valueFrom") || entry.at("valueFrom").is_null()) {
      known[name] = expand(entry.value("value", ""), known);
    } else if (entry.at("valueFrom").contains("fieldRef")) {
      known[name] = fields.at(entry.at("valueFrom").at("fieldRef").at("fieldPath"));
    } else if (const auto found = sources.find(name); found != sources.end()) {
      known[name] = found->second;
    }
  }
  return known;
}

inline Variables pod_fields() {
  return {{"metadata.name", "checkout-7d9-abc"}, {"metadata.namespace", "shop"}, {"metadata.uid", "u-1"},
          {"spec.nodeName", "node-1"},           {"status.podIP", "10.0.0.7"},   {"status.hostIP", "192.0.2.1"}};
}

}  // namespace meshtrace::test
