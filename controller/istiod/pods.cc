#include "controller/istiod/pods.h"

#include <algorithm>
#include <charconv>

#include "core/mesh/image.h"
#include "kube/json.h"
#include "kube/object_request.h"

namespace meshtrace::controller {
namespace {

using kube::string_or_empty;
using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

// Of istiod's own container; others may have been injected beside it.
std::optional<mesh::Version> version_of(const json& spec) {
  const json& containers = member(spec, "containers");
  if (!containers.is_array() || containers.empty()) return std::nullopt;
  const auto discovery = std::find_if(containers.begin(), containers.end(),
                                      [](const json& one) { return string_or_empty(one, "name") == "discovery"; });
  const json& container = discovery == containers.end() ? containers.front() : *discovery;
  return mesh::version_of_image(string_or_empty(container, "image"));
}

std::uint16_t port_of(const std::string& annotation) {
  std::uint16_t port = 0;
  const char* end = annotation.data() + annotation.size();
  const auto read = std::from_chars(annotation.data(), end, port);
  return read.ec == std::errc() && read.ptr == end && port != 0 ? port : kDefaultMonitoringPort;
}

}  // namespace

kube::Request istiod_pods_request(const std::string& root_namespace) {
  kube::ListOptions options;
  options.limit = kMaxIstiods;
  options.selection.label_selector = kIstiodSelector;
  return kube::list_request({"", "v1", "pods", root_namespace}, options);
}

std::vector<IstiodPod> istiod_pods_of(const json& pod_list) {
  std::vector<IstiodPod> pods;
  for (const json& pod : member(pod_list, "items")) {
    const json& metadata = member(pod, "metadata");
    const json& status = member(pod, "status");
    const std::string address = string_or_empty(status, "podIP");
    const bool ending = !string_or_empty(metadata, "deletionTimestamp").empty();
    if (address.empty() || ending || string_or_empty(status, "phase") != "Running") continue;
    if (pods.size() == kMaxIstiods) break;
    pods.push_back({string_or_empty(metadata, "name"), address,
                    port_of(string_or_empty(member(metadata, "annotations"), "prometheus.io/port")),
                    version_of(member(pod, "spec")), string_or_empty(member(metadata, "labels"), "istio.io/rev")});
  }
  return pods;
}

}  // namespace meshtrace::controller
