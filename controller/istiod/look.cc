#include "controller/istiod/look.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/istiod/metrics_text.h"
#include "controller/istiod/syncz.h"
#include "net/client/file.h"

namespace meshtrace::controller {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;

template <class Value>
void keep_oldest(std::optional<Value>& oldest, const std::optional<Value>& seen) {
  if (seen && (!oldest || *seen < *oldest)) oldest = seen;
}

class Look {
 public:
  Look(const LookOptions& options, const HttpGetter& get)
      : options_(options), get_(get), end_(Clock::now() + options.patience) {}

  Result<MeshHealth> run() {
    health_.details = !options_.istiods.empty();
    for (const IstiodPod& pod : options_.istiods) ask(pod);
    if (!answered_) {
      return fail("istiod", health_.notes.empty() ? "no pod of it is running" : health_.notes.front());
    }
    return std::move(health_);
  }

 private:
  void ask(const IstiodPod& pod) {
    const auto metrics = get(pod, "/metrics", {});
    if (metrics && metrics->status == kOk) {
      answered_ = true;
      take_metrics(pod, metrics->body);
    } else {
      note(pod, metrics ? fmt::format("/metrics: HTTP status {}", metrics->status) : metrics.error().message());
      keep_oldest(health_.istiod, pod.version);
    }
    const auto proxies = ask_for_proxies(pod);
    if (!proxies) {
      note(pod, proxies.error().message());
      forget_details();
      return;
    }
    answered_ = true;
    if (health_.details) take_proxies(*proxies);
  }

  void take_metrics(const IstiodPod& pod, const std::string& text) {
    const IstiodMetrics metrics = parse_metrics(text);
    health_.istiods.insert(pod.name);
    const auto running = mesh::parse_version(metrics.version);
    keep_oldest(health_.istiod, running ? running : pod.version);
    for (const auto& [type, count] : metrics.by_type) health_.rejects[{pod.name, type}] += count;
    for (const auto& [key, count] : metrics.by_proxy) health_.rejects_of_proxy[key] += count;
  }

  Result<std::vector<ProxyState>> ask_for_proxies(const IstiodPod& pod) {
    auto reply = get(pod, "/debug/syncz", {});
    if (reply && reply->status == kUnauthorized && !options_.token_file.empty()) {
      const auto token = net::read_file(options_.token_file);
      if (!token) return fail("/debug/syncz", why_refused(kUnauthorized));
      reply = get(pod, "/debug/syncz", token->substr(0, token->find_last_not_of(" \r\n") + 1));
    }
    if (!reply) return tl::make_unexpected(reply.error());
    if (reply->status != kOk) return fail("/debug/syncz", why_refused(reply->status));
    return parse_syncz(reply->body);
  }

  void take_proxies(const std::vector<ProxyState>& proxies) {
    for (const ProxyState& proxy : proxies) {
      ++health_.proxies;
      health_.waiting += proxy.waiting ? 1 : 0;
      keep_oldest(health_.proxy, mesh::parse_version(proxy.istio_version));
      health_.refusals.insert(health_.refusals.end(), proxy.refusals.begin(), proxy.refusals.end());
    }
  }

  // Half of the proxies would be compared with all of them later.
  void forget_details() {
    health_.details = false;
    health_.proxies = 0;
    health_.waiting = 0;
    health_.proxy.reset();
    health_.refusals.clear();
  }

  Result<net::HttpReply> get(const IstiodPod& pod, const char* path, const std::string& token) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
    if (left.count() <= 0) return fail(path, "not asked, the others took too long");
    net::HttpGet request;
    request.address = pod.address;
    request.port = pod.port;
    request.path = path;
    request.bearer_token = token;
    request.timeout = std::min(options_.timeout, left);
    request.max_bytes = options_.max_bytes;
    return get_(request);
  }

  [[nodiscard]] std::string why_refused(int status) const {
    if (status == kUnauthorized) {
      return fmt::format(
          "HTTP status 401: its metrics are looked at instead. Which proxy refuses what, and why, is known only with a "
          "token of audience istio-ca in {}, and DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES={} in istiod's environment",
          options_.token_file.empty() ? "a file of ours" : options_.token_file, options_.own_namespace);
    }
    if (status == kForbidden) {
      return fmt::format(
          "HTTP status 403: its metrics are looked at instead. Which proxy refuses what, and why, is known only with "
          "DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES={} in istiod's environment",
          options_.own_namespace);
    }
    if (status == kNotFound) {
      return "HTTP status 404: its metrics are looked at instead; istiod has ENABLE_DEBUG_ON_HTTP=false";
    }
    return fmt::format("HTTP status {}", status);
  }

  void note(const IstiodPod& pod, const std::string& what) { health_.notes.push_back(pod.name + ": " + what); }

  const LookOptions& options_;
  const HttpGetter& get_;
  const Clock::time_point end_;
  MeshHealth health_;
  bool answered_ = false;  // anybody, anything
};

}  // namespace

Result<MeshHealth> look(const LookOptions& options, const HttpGetter& get) { return Look(options, get).run(); }

Result<MeshHealth> look(const LookOptions& options, const std::stop_token& stop) {
  return look(options, HttpGetter([&stop](const net::HttpGet& get) { return net::http_get(get, stop); }));
}

}  // namespace meshtrace::controller
