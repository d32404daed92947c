// An API server's share in the webhook's certificates, in memory: two Secrets, two webhook configurations, versions,
// and the refusal of a write that is bound to another version.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "controller/certificates/decide.h"
#include "controller/certificates/requests.h"
#include "kube/base64.h"
#include "kube/object_request.h"
#include "kube/reply.h"
#include "kube/request.h"

namespace meshtrace::certificates::testing {

using std::chrono::seconds;
using std::chrono::sys_seconds;

inline const sys_seconds kStart{seconds(1'800'000'000)};

inline Options short_lived() {
  Options options;
  options.leaf_lifetime = seconds(60);
  options.authority_lifetime = seconds(180);
  options.propagation_delay = seconds(10);
  return options;
}

class Cluster {
 public:
  explicit Cluster(Options with = short_lived()) : options(std::move(with)) {
    for (const kube::Resource& resource : webhook_configurations()) {
      store(configuration_path(resource), {{"metadata", {{"name", options.configuration}}},
                                           {"webhooks", {{{"name", "one"}, {"clientConfig", {{"service", "…"}}}}}}});
    }
  }

  [[nodiscard]] std::string authority_path() const {
    return kube::object_path(secrets(options), options.authority_secret);
  }
  [[nodiscard]] std::string leaf_path() const { return kube::object_path(secrets(options), options.leaf_secret); }
  [[nodiscard]] std::string configuration_path(const kube::Resource& resource) const {
    return kube::object_path(resource, options.configuration);
  }

  // As a person or another program would write it.
  void store(const std::string& path, nlohmann::json object) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    objects[path] = std::move(object);
  }
  void edit(const std::string& path, const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json object = objects.at(path);
    change(object);
    store(path, std::move(object));
  }

  [[nodiscard]] State look() const {
    State state;
    for (const kube::Resource& resource : webhook_configurations()) {
      const auto found = objects.find(configuration_path(resource));
      if (found != objects.end()) state.configurations.push_back(read_configuration(resource, found->second));
    }
    if (const auto found = objects.find(authority_path()); found != objects.end()) {
      state.authority = read_secret(found->second);
    }
    if (const auto found = objects.find(leaf_path()); found != objects.end()) state.leaf = read_secret(found->second);
    return state;
  }

  [[nodiscard]] Decision decide_at(sys_seconds now) const { return decide(now, look(), options); }

  // The status with which the API server answers.
  int send(const kube::Request& request) {
    const int status = answer(request);
    if (status < 300) writes.push_back(request.method + " " + request.path);
    return status;
  }

  // One step; false when there was nothing to do.
  bool step(sys_seconds now) {
    const State state = look();
    const auto request = request_for(decide(now, state, options).step, state, options, now);
    if (!request || !*request) return false;
    return send(**request) < 300;
  }

  // All steps there are at that time. Returns until when there is nothing to do; the epoch where it is left alone.
  sys_seconds run(sys_seconds now) {
    constexpr int kMany = 50;
    for (int i = 0; i < kMany && step(now); ++i) {
    }
    const Decision decision = decide_at(now);
    const auto* wait = std::get_if<Wait>(&decision.step);
    return wait == nullptr ? sys_seconds{} : wait->until;
  }

  [[nodiscard]] std::string data(const std::string& path, const char* key) const {
    const auto found = objects.find(path);
    if (found == objects.end()) return {};
    return kube::base64_decode(found->second.value("data", nlohmann::json::object()).value(key, "")).value_or("");
  }
  [[nodiscard]] Certificate leaf() const { return read_certificates(data(leaf_path(), "tls.crt")).certificates.at(0); }
  [[nodiscard]] Certificate authority() const {
    return read_certificates(data(authority_path(), "tls.crt")).certificates.at(0);
  }
  // What the webhooks of one configuration trust.
  [[nodiscard]] std::vector<Certificate> trusted(std::size_t configuration) const {
    return look().configurations.at(configuration).bundles.at(0).certificates;
  }

  Options options;
  std::map<std::string, nlohmann::json> objects;  // by path
  std::vector<std::string> writes;                // that were taken: "PUT /api/v1/…"

 private:
  int answer(const kube::Request& request) {
    const nlohmann::json body = nlohmann::json::parse(request.body);
    if (request.method == "POST") {
      const std::string path = request.path + "/" + body["metadata"]["name"].get<std::string>();
      if (objects.contains(path)) return 409;
      store(path, body);
      return 201;
    }
    const auto found = objects.find(request.path);
    if (found == objects.end()) return 404;
    const nlohmann::json after = request.method == "PATCH" ? found->second.patch(body) : body;
    if (after["metadata"]["resourceVersion"] != found->second["metadata"]["resourceVersion"]) return 409;
    store(request.path, after);
    return 200;
  }

  int version_ = 0;
};

}  // namespace meshtrace::certificates::testing
