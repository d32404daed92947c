#include "controller/certificates/runner.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "controller/certificates/decide.h"
#include "controller/certificates/requests.h"
#include "kube/backoff.h"
#include "kube/conflict.h"
#include "kube/json.h"
#include "kube/object_request.h"
#include "net/client/informer.h"
#include "net/client/pause.h"
#include "net/process/log.h"

namespace meshtrace::certificates {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::sys_seconds;

// How often a replica that does not lead looks whether it does now.
constexpr milliseconds kLeadershipPoll{1000};
// The longest wait: a clock that is set shows after this time, and so does a change that no watch told of.
constexpr milliseconds kLongestWait{60'000};
// A change of authority makes nine writes. Who makes more in this time fights with somebody, who will not win by being
// faster.
constexpr std::size_t kMaxWrites = 60;
constexpr milliseconds kWritesWindow{60'000};

sys_seconds system_now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

// A wait that a change, or a stop request, ends.
class Wake {
 public:
  void notify() {
    {
      const std::lock_guard lock(mutex_);
      changed_ = true;
    }
    condition_.notify_one();
  }
  void wait(const std::stop_token& stop, milliseconds time) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, stop, time, [this] { return changed_; });
    changed_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any condition_;
  bool changed_ = false;
};

// How long to wait before the next write.
class WriteBudget {
 public:
  milliseconds wait(steady_clock::time_point now) {
    while (!writes_.empty() && now - writes_.front() >= kWritesWindow) writes_.pop_front();
    if (writes_.size() < kMaxWrites) return milliseconds::zero();
    return std::chrono::ceil<milliseconds>(kWritesWindow - (now - writes_.front()));
  }
  void note(steady_clock::time_point now) { writes_.push_back(now); }

 private:
  std::deque<steady_clock::time_point> writes_;
};

// A reply to a request that may have carried a key. A refusal as invalid may quote what was sent: then its code alone.
std::string describe(const kube::Reply& reply) {
  constexpr int kBadRequest = 400;
  constexpr int kUnprocessable = 422;
  if (reply.status != kBadRequest && reply.status != kUnprocessable) return kube::describe_refusal(reply);
  return "HTTP status " + std::to_string(reply.status) + ": the API server takes the object for invalid";
}

// The object, or null where there is none.
Result<nlohmann::json> get(const std::stop_token& stop, net::ApiClient& client, const kube::Resource& resource,
                           const std::string& name) {
  const std::string where = resource.name() + " " + name;
  const auto reply = client.send(kube::get_request(resource, name), stop);
  if (!reply) return fail(where, reply.error().message());
  if (reply->status == kube::kNotFound) return nlohmann::json();
  if (!reply->ok()) return fail(where, kube::describe_refusal(*reply));
  return kube::parse_json(where, reply->body);
}

Result<std::optional<Secret>> get_secret(const std::stop_token& stop, net::ApiClient& client, const Options& options,
                                         const std::string& name) {
  auto object = get(stop, client, secrets(options), name);
  if (!object) return tl::make_unexpected(object.error());
  if (object->is_null()) return std::optional<Secret>();
  return read_secret(std::move(*object));
}

Result<State> look(const std::stop_token& stop, net::ApiClient& client, const Options& options) {
  State state;
  for (const kube::Resource& resource : webhook_configurations()) {
    const auto object = get(stop, client, resource, options.configuration);
    if (!object) return tl::make_unexpected(object.error());
    if (!object->is_null()) state.configurations.push_back(read_configuration(resource, *object));
  }
  auto authority = get_secret(stop, client, options, options.authority_secret);
  if (!authority) return tl::make_unexpected(authority.error());
  auto leaf = get_secret(stop, client, options, options.leaf_secret);
  if (!leaf) return tl::make_unexpected(leaf.error());
  state.authority = std::move(*authority);
  state.leaf = std::move(*leaf);
  return state;
}

class Runner {
 public:
  Runner(std::stop_token stop, net::ApiClient& client, const Options& options, const Hooks& hooks)
      : stop_(std::move(stop)),
        client_(client),
        options_(options),
        hooks_(hooks),
        backoff_(kube::BackoffOptions{}, net::system_random()) {}

  // One look and, where it is time, one write. Returns how long there is nothing to do unless something changes.
  milliseconds pass() {
    const Result<State> state = look(stop_, client_, options_);
    if (!state) return failed(state.error(), {});
    const Decision decision = decide(system_now(), *state, options_);
    Report report{decision.authority_expires, decision.leaf_expires, {}};
    if (const auto* alone = std::get_if<LeaveAlone>(&decision.step)) {
      leave_alone(alone->reason);
      return settled(std::move(report), kLongestWait);
    }
    said_.clear();
    if (const auto* wait = std::get_if<Wait>(&decision.step)) {
      const milliseconds time = wait->until - system_now();
      return settled(std::move(report), std::clamp(time, milliseconds(1000), kLongestWait));
    }
    if (const milliseconds time = budget_.wait(steady_clock::now()); time > milliseconds::zero()) {
      return wait_out(time, subject_of(decision.step, *state, options_), std::move(report));
    }
    return write(decision, *state, std::move(report));
  }

 private:
  milliseconds write(const Decision& decision, const State& state, Report report) {
    const std::string subject = subject_of(decision.step, state, options_);
    const auto request = request_for(decision.step, state, options_, system_now());
    if (!request) return failed(request.error(), std::move(report));
    if (!hooks_.leading()) return kLeadershipPoll;
    budget_.note(steady_clock::now());
    const auto reply = client_.send(**request, stop_);
    if (!reply) return failed({subject, reply.error().message()}, std::move(report));
    if (reply->status == kube::kConflict) {
      log::debug("certificates: changed by another in the meantime, looking again", {{"object", subject}});
      return backoff_.next();
    }
    if (!reply->ok()) return failed({subject, describe(*reply)}, std::move(report));
    log::info("certificates: " + action_of(decision.step), {{"object", subject}, {"reason", decision.reason}});
    return settled(std::move(report), milliseconds::zero());
  }

  milliseconds settled(Report report, milliseconds time) {
    backoff_.reset();
    hooks_.on_report(report);
    return time;
  }

  milliseconds wait_out(milliseconds time, const std::string& subject, Report report) {
    report.problem = "more than " + std::to_string(kMaxWrites) + " writes a minute: somebody keeps changing " + subject;
    log::error("certificates: waiting, somebody else keeps changing what was written", {{"object", subject}});
    hooks_.on_report(report);
    net::pause(stop_, time);  // and not until something changes: that is what happens all the time
    return milliseconds::zero();
  }

  milliseconds failed(const Error& error, Report report) {
    if (stop_.stop_requested()) return milliseconds::zero();  // what was under way was broken off
    report.problem = error.message();
    log::warn("certificates: trying again", {{"error", report.problem}});
    hooks_.on_report(report);
    return backoff_.next();
  }

  void leave_alone(const std::string& reason) {
    if (reason == said_) return;
    said_ = reason;
    log::info("certificates: left alone", {{"reason", reason}});
  }

  const std::stop_token stop_;
  net::ApiClient& client_;
  const Options& options_;
  const Hooks& hooks_;
  kube::Backoff backoff_;
  WriteBudget budget_;
  std::string said_;  // why nothing is done, so that it is said once
};

// Watches one object, its metadata alone: that it changed is all that is to be known, and no key passes through here.
void watch(const std::stop_token& stop, net::ApiClient& client, const kube::Resource& resource, const std::string& name,
           Wake& wake) {
  kube::ReflectorOptions reflected;
  reflected.resource = resource;
  reflected.selection = {.field_selector = "metadata.name=" + name, .metadata_only = true};
  kube::Reflector reflector(reflected, net::system_random());
  net::run_informer(stop, client, reflector,
                    {.on_change = [&wake](const kube::Change&) { wake.notify(); },
                     .on_problem =
                         [&](const kube::Reflector::Problem& problem) {
                           log::debug("certificates: not watching", {{"object", name}, {"error", problem.message}});
                         },
                     .on_current = [] {}});
}

}  // namespace

void run_certificates(std::stop_token stop, net::ApiClient& client, const Options& options, const Hooks& hooks) {
  Wake wake;
  std::vector<std::pair<kube::Resource, std::string>> watched{{secrets(options), options.authority_secret},
                                                              {secrets(options), options.leaf_secret}};
  for (const kube::Resource& resource : webhook_configurations()) watched.emplace_back(resource, options.configuration);
  std::vector<std::jthread> watchers;
  for (const auto& object : watched) {
    watchers.emplace_back([&, stop] { watch(stop, client, object.first, object.second, wake); });
  }

  Runner runner(stop, client, options, hooks);
  while (!stop.stop_requested()) {
    const milliseconds time = hooks.leading() ? runner.pass() : kLeadershipPoll;
    if (time > milliseconds::zero()) wake.wait(stop, time);
  }
}

}  // namespace meshtrace::certificates
