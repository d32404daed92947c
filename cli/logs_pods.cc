#include "cli/logs_pods.h"

#include <fmt/format.h>

#include "cli/pod_selector.h"
#include "cli/text.h"
#include "kube/object_request.h"

namespace meshtrace::cli {
namespace {

kube::Request log_request(const std::string& ns, const std::string& pod, const PodLogOptions& options) {
  kube::Request request;
  request.path = kube::object_path({"", "v1", "pods", ns}, pod, "log");
  request.query = {{"container", options.container}, {"limitBytes", std::to_string(kMaxPodLogBytes)}};
  if (options.since) request.query.emplace_back("sinceSeconds", std::to_string(options.since->count()));
  if (options.tail) request.query.emplace_back("tailLines", std::to_string(*options.tail));
  request.accept = "application/json, */*";  // a refusal is a Status, a log plain text
  return request;
}

}  // namespace

Result<std::string> read_pod_logs(const PodLogOptions& options, const Environment& environment,
                                  logs::Analysis& analysis) {
  const auto cluster = environment.connect(options.cluster);
  if (!cluster) return tl::make_unexpected(cluster.error());
  const auto pods = find_pods(*cluster, options.targets, options.selector, kMaxLogPods);
  if (!pods) return tl::make_unexpected(pods.error());

  std::string warnings;
  if (pods->is_cut) warnings += warning_line("", fmt::format("of these pods only {} are read", pods->names.size()));
  std::size_t read = 0;
  for (const std::string& pod : pods->names) {
    const std::string title = "pod/" + pod;
    if (pods->names.size() > 1) environment.progress(printable("reading " + title));
    const auto reply = cluster->send(log_request(cluster->ns, pod, options));
    if (!reply) return tl::make_unexpected(reply.error());
    // What the user may not do for one, they may not do for all.
    if (reply->status == kube::kForbidden || reply->status == kube::kUnauthorized) {
      return fail(title, "its log cannot be read: " + kube::describe_refusal(*reply));
    }
    if (!reply->ok()) {
      warnings += warning_line(title, "its log cannot be read: " + kube::describe_refusal(*reply));
      continue;
    }
    ++read;
    analysis.begin(title);
    analysis.feed(reply->body);
    analysis.end();
    if (reply->body.size() >= kMaxPodLogBytes) {
      warnings += warning_line(title, fmt::format("only the first {} MiB of its log are read; --since or --tail says "
                                                  "which part to read",
                                                  kMaxPodLogBytes >> 20));
    }
  }
  if (read == 0) return fail("", warnings.empty() ? "no pod was read" : "no pod's log could be read\n" + warnings);
  return warnings;
}

}  // namespace meshtrace::cli
