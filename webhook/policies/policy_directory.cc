#include "webhook/policies/policy_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/client/pause.h"
#include "net/process/log.h"

namespace meshtrace::webhook {
namespace {

// Of a bad folder's problems; all of them would drown the first.
constexpr std::size_t kMaxReported = 10;

std::string joined(const std::vector<std::string>& problems) {
  const std::size_t shown = std::min(problems.size(), kMaxReported);
  std::string text;
  for (std::size_t index = 0; index < shown; ++index) text += (index == 0 ? "" : "; ") + problems[index];
  if (problems.size() > shown) text += fmt::format("; and {} more", problems.size() - shown);
  return text;
}

class Follower {
 public:
  Follower(const PolicyDirectoryOptions& options, PolicyStore& store) : options_(options), store_(store) {}

  void look() {
    auto files = read_policy_files(options_.directory, options_.limits);
    // The same as before, readable or not: said once and not once a second.
    if (seen_ && *seen_ == files) return;
    if (!files) {
      problem(files.error().message());
    } else {
      take(decode_policy_files(*files, options_.root_namespace), files->size());
    }
    seen_ = std::move(files);
  }

 private:
  void take(PolicyFileContent content, std::size_t files) {
    if (!content.problems.empty()) {
      problem(joined(content.problems));
      return;
    }
    for (const auto& warning : content.warnings) log::warn("policy file", {{"warning", warning}});
    const std::size_t policies = content.policies.size();
    store_.publish(std::make_shared<const policy::Index>(std::move(content.policies), options_.root_namespace), 0);
    store_.clear_problem();
    log::info("policies read", {{"directory", options_.directory.string()}, {"files", files}, {"policies", policies}});
  }

  void problem(std::string text) {
    log::error(store_.synced() ? "policy folder is bad, the last good policies stay in force"
                               : "policy folder is bad, not ready until it is mended",
               {{"directory", options_.directory.string()}, {"problem", text}});
    store_.report_problem(std::move(text));
  }

  const PolicyDirectoryOptions& options_;
  PolicyStore& store_;
  std::optional<Result<std::vector<PolicyFile>>> seen_;
};

}  // namespace

void run_policy_directory(std::stop_token stop, const PolicyDirectoryOptions& options, PolicyStore& store) {
  Follower follower(options, store);
  while (!stop.stop_requested()) {
    follower.look();
    net::pause(stop, options.interval);
  }
}

}  // namespace meshtrace::webhook
