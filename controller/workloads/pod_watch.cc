#include "controller/workloads/pod_watch.h"

#include <functional>
#include <utility>

#include "core/policy/policy.h"
#include "kube/json.h"
#include "net/client/informer.h"
#include "net/process/log.h"

namespace meshtrace::workloads {
namespace {

// Of a cluster, twice what Kubernetes itself is meant for; each costs some 200 bytes.
constexpr std::size_t kMaxPods = 300'000;
constexpr const char* kDataplaneModeLabel = "istio.io/dataplane-mode";

std::string label_of(const nlohmann::json& object, const char* key) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto labels = metadata->find("labels");
  return labels == metadata->end() ? std::string() : kube::string_or_empty(*labels, key);
}

void follow(const std::stop_token& stop, net::ApiClient& client, kube::ReflectorOptions options,
            std::function<void(const kube::Change&)> on_change) {
  options.selection.metadata_only = true;
  const std::string name = options.resource.name();
  kube::Reflector reflector(std::move(options), net::system_random());
  std::string said;  // once for each problem
  net::run_informer(stop, client, reflector,
                    {.on_change = std::move(on_change),
                     .on_problem =
                         [&](const kube::Reflector::Problem& problem) {
                           if (problem.message == std::exchange(said, problem.message)) return;
                           log::warn("cannot follow a resource, going on with what is known",
                                     {{"resource", name}, {"error", problem.message}});
                         },
                     .on_current = [&said] { said.clear(); }});
}

}  // namespace

PodWatch::PodWatch(net::ApiClient& client) {
  threads_.emplace_back([this, &client](const std::stop_token& stop) { follow_pods(stop, client); });
  threads_.emplace_back([this, &client](const std::stop_token& stop) { follow_namespaces(stop, client); });
}

void PodWatch::follow_pods(const std::stop_token& stop, net::ApiClient& client) {
  kube::ReflectorOptions options;
  options.resource = {"", "v1", "pods", ""};
  options.trim = trim_pod;
  options.max_objects = kMaxPods;
  follow(stop, client, std::move(options), [this](const kube::Change& change) {
    const std::lock_guard lock(mutex_);
    pods_.apply(change);
    pods_listed_ = true;
  });
}

void PodWatch::follow_namespaces(const std::stop_token& stop, net::ApiClient& client) {
  kube::ReflectorOptions options;
  options.resource = {"", "v1", "namespaces", ""};
  follow(stop, client, std::move(options), [this](const kube::Change& change) { take_namespaces(change); });
}

void PodWatch::take_namespaces(const kube::Change& change) {
  const std::lock_guard lock(mutex_);
  namespaces_listed_ = true;
  if (change.kind == kube::Change::Kind::kReplace) {
    opted_out_.clear();
    ambient_.clear();
  }
  const auto set = [](std::set<std::string>& names, const std::string& name, bool is_in) {
    if (is_in) {
      names.insert(name);
    } else {
      names.erase(name);
    }
  };
  for (const nlohmann::json& object : change.objects) {
    const std::string name = kube::metadata_string(object, "name");
    const bool is_there = change.kind != kube::Change::Kind::kDelete;
    set(opted_out_, name, is_there && label_of(object, policy::kInjectLabel) == "false");
    set(ambient_, name, is_there && label_of(object, kDataplaneModeLabel) == "ambient");
  }
}

std::shared_ptr<const Observed> PodWatch::observe(const std::shared_ptr<const policy::Index>& index) {
  const std::lock_guard lock(mutex_);
  if (!pods_listed_ || !namespaces_listed_) return nullptr;
  Observed now{counter_.count(index, pods_, opted_out_), ambient_};
  if (!last_ || *last_ != now) last_ = std::make_shared<const Observed>(std::move(now));
  return last_;
}

std::string PodWatch::not_synced() const {
  const std::lock_guard lock(mutex_);
  if (!pods_listed_) return "the pods are not known yet";
  return namespaces_listed_ ? "" : "the namespaces are not known yet";
}

}  // namespace meshtrace::workloads
