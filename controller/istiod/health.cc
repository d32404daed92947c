#include "controller/istiod/health.h"

#include <fmt/format.h>

#include <string_view>

#include "kube/reply.h"

namespace meshtrace::controller {
namespace {

// In a condition's message, beside what else it says.
constexpr std::size_t kMaxDescribedBytes = 1024;

// What Envoy says of each resource: "Error adding/updating listener(s) NAME: WHY\nNAME: WHY". The order may change from
// one push to the next, so the part before the first name is not of the line.
std::set<std::string_view> lines_of(std::string_view message) {
  constexpr std::string_view kHeadEnd = "(s) ";
  if (message.starts_with("Error adding/updating ")) {
    const auto head = message.find(kHeadEnd);
    if (head != std::string_view::npos) message.remove_prefix(head + kHeadEnd.size());
  }
  std::set<std::string_view> lines;
  while (!message.empty()) {
    const auto end = message.find('\n');
    if (const auto line = message.substr(0, end); !line.empty()) lines.insert(line);
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  }
  return lines;
}

std::optional<Refusal> new_in_details(const MeshHealth& before, const MeshHealth& after) {
  std::map<std::pair<std::string_view, std::string_view>, std::set<std::string_view>> known;
  for (const Refusal& refusal : before.refusals) {
    known[{refusal.proxy, refusal.type}].merge(lines_of(refusal.message));
  }
  for (const Refusal& refusal : after.refusals) {
    const auto& old = known[{refusal.proxy, refusal.type}];
    std::string news;
    for (const std::string_view line : lines_of(refusal.message)) {
      if (!old.contains(line)) news.append(news.empty() ? "" : "\n").append(line);
    }
    if (!news.empty()) return Refusal{refusal.proxy, refusal.type, std::move(news)};
  }
  return std::nullopt;
}

std::uint64_t count_of(const std::map<std::pair<std::string, std::string>, std::uint64_t>& counts,
                       const std::pair<std::string, std::string>& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

std::optional<Refusal> new_in_metrics(const MeshHealth& before, const MeshHealth& after) {
  std::set<std::string_view> named;  // types whose proxies are named
  for (const auto& [key, count] : after.rejects_of_proxy) {
    named.insert(key.second);
    if (count > 0 && count_of(before.rejects_of_proxy, key) == 0) return Refusal{key.first, key.second, {}};
  }
  for (const auto& [key, count] : after.rejects) {
    // An istiod that is new may be told again of what it did not see happen.
    if (named.contains(key.second) || !before.istiods.contains(key.first)) continue;
    if (count > 0 && count_of(before.rejects, key) == 0) return Refusal{{}, key.second, {}};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> refusal_since(const MeshHealth& before, const MeshHealth& after) {
  return before.details && after.details ? new_in_details(before, after) : new_in_metrics(before, after);
}

std::string describe(const Refusal& refusal) {
  return fmt::format("{} refused {}{}{}", refusal.proxy.empty() ? "a proxy" : "proxy " + refusal.proxy, refusal.type,
                     refusal.message.empty() ? "" : ": ", kube::printable(refusal.message, kMaxDescribedBytes));
}

}  // namespace meshtrace::controller
