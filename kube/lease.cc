#include "kube/lease.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "kube/json.h"
#include "kube/object_request.h"

namespace meshtrace::kube {
namespace {

// client-go's JitterFactor: a candidate waits up to (1 + this) retry periods.
constexpr double kJitter = 1.2;

// How long a Lease that was given up still counts, as client-go writes it.
constexpr std::chrono::seconds kReleasedDuration{1};

std::int64_t int32_or_zero(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, std::numeric_limits<std::int32_t>::max());
}

std::chrono::milliseconds jittered(std::chrono::milliseconds period, double random) {
  return period +
         std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(period.count()) * kJitter * random));
}

}  // namespace

Result<void> check_lease_options(const LeaseOptions& options) {
  if (options.identity.empty()) return fail("leader election", "the identity must not be empty");
  if (options.retry_period.count() <= 0) return fail("leader election", "the retry period must be over 0s");
  if (options.lease_duration <= options.renew_deadline) {
    return fail("leader election", "the lease duration must be longer than the renew deadline");
  }
  if (options.renew_deadline <= jittered(options.retry_period, 1) - options.retry_period) {
    return fail("leader election", "the renew deadline must be longer than 1.2 times the retry period");
  }
  return {};
}

LeaderElector::LeaderElector(LeaseOptions options, Random random)
    : options_(std::move(options)),
      random_(std::move(random)),
      resource_{"coordination.k8s.io", "v1", "leases", options_.ns} {}

LeaderElector::Step LeaderElector::next(Moment now, WallTime wall) {
  if (leading_until_ && now >= *leading_until_) leading_until_.reset();
  if (phase_ == Phase::kFinished) return {std::nullopt, now, /*finished=*/true};
  if (phase_ == Phase::kWaiting) {
    if (now < wait_until_) return {std::nullopt, wait_until_, false};
    // The leader expects that nothing has changed since its last write; anybody else has to look first.
    phase_ = held_by_us() && !expired(now) ? Phase::kRenewing : Phase::kReading;
  }
  sent_at_ = now;
  return {request(wall), now, false};
}

Request LeaderElector::request(WallTime wall) {
  const std::string time = format_micro_time(wall);
  switch (phase_) {
    case Phase::kReading:
    case Phase::kReleaseReading:
      return get_request(resource_, options_.name);
    case Phase::kCreating:
      lease_ = {{"apiVersion", "coordination.k8s.io/v1"},
                {"kind", "Lease"},
                {"metadata", {{"name", options_.name}, {"namespace", options_.ns}}}};
      writing_ = {options_.identity, options_.lease_duration, time, 0, time};
      return create_request(resource_, lease_with(writing_), {});
    case Phase::kReleasing:
      writing_ = {"", kReleasedDuration, time, seen_.transitions, time};
      break;
    default:
      writing_ = held_by_us()
                     ? Record{options_.identity, options_.lease_duration, seen_.acquired, seen_.transitions, time}
                     : Record{options_.identity, options_.lease_duration, time, seen_.transitions + 1, time};
      break;
  }
  return replace_request(resource_, lease_with(writing_), {});
}

void LeaderElector::on_reply(const Reply& reply, Moment now) {
  switch (phase_) {
    case Phase::kReading:
      return on_read(reply, now);
    case Phase::kReleaseReading: {
      const auto lease = reply.ok() ? parse_lease(reply) : fail({}, {});
      if (lease) see(*lease, now);
      phase_ = lease && held_by_us() ? Phase::kReleasing : Phase::kFinished;
      return;
    }
    case Phase::kReleasing:
      if (reply.ok()) seen_ = writing_;
      phase_ = Phase::kFinished;
      return;
    default:
      return on_written(reply, now);
  }
}

void LeaderElector::on_no_reply(const Error& error, Moment now) {
  if (phase_ == Phase::kReleaseReading || phase_ == Phase::kReleasing) {
    phase_ = Phase::kFinished;
    return;
  }
  attempt_failed(error.message(), now);
}

void LeaderElector::on_read(const Reply& reply, Moment now) {
  if (reply.status == kNotFound) {
    phase_ = Phase::kCreating;
    return;
  }
  if (!reply.ok()) return attempt_failed(describe_refusal(reply), now);
  const auto lease = parse_lease(reply);
  if (!lease) return attempt_failed(lease.error().message(), now);
  see(*lease, now);
  if (!seen_.holder.empty() && !held_by_us() && !expired(now)) return attempt_failed({}, now);
  phase_ = Phase::kUpdating;
}

void LeaderElector::on_written(const Reply& reply, Moment now) {
  if (!reply.ok()) {
    // Somebody else wrote, or a reply of ours was lost: look at what stands there now.
    const bool changed = reply.status == kConflict || reply.status == kNotFound;
    if (changed && phase_ == Phase::kRenewing) {
      phase_ = Phase::kReading;
      return;
    }
    return attempt_failed(changed ? std::string() : describe_refusal(reply), now);
  }
  const auto lease = parse_lease(reply);
  if (!lease) return attempt_failed(lease.error().message(), now);
  lease_ = *lease;
  seen_ = writing_;
  seen_at_ = now;
  leading_until_ = sent_at_ + options_.renew_deadline;
  problem_.clear();
  wait_until_ = now + options_.retry_period;
  phase_ = Phase::kWaiting;
}

void LeaderElector::attempt_failed(std::string problem, Moment now) {
  problem_ = std::move(problem);
  const std::chrono::milliseconds period = options_.retry_period;
  wait_until_ = now + (leading(now) ? period : jittered(period, random_()));
  phase_ = Phase::kWaiting;
}

void LeaderElector::see(const nlohmann::json& lease, Moment now) {
  lease_ = lease;
  Record record = record_of(lease);
  if (record == seen_) return;
  seen_ = std::move(record);
  seen_at_ = now;
  // Whoever took it, we have lost it.
  if (!held_by_us()) leading_until_.reset();
}

void LeaderElector::release() {
  leading_until_.reset();
  phase_ = held_by_us() ? Phase::kReleaseReading : Phase::kFinished;
}

Result<nlohmann::json> LeaderElector::parse_lease(const Reply& reply) {
  auto lease = parse_json("lease", reply.body);
  if (lease && string_or_empty(*lease, "kind") != "Lease") return fail("lease", "the reply is no Lease");
  return lease;
}

nlohmann::json LeaderElector::lease_with(const Record& record) const {
  nlohmann::json lease = lease_;
  lease["spec"] = {{"holderIdentity", record.holder},
                   {"leaseDurationSeconds", record.duration.count()},
                   {"acquireTime", record.acquired},
                   {"renewTime", record.renewed},
                   {"leaseTransitions", record.transitions}};
  return lease;
}

LeaderElector::Record LeaderElector::record_of(const nlohmann::json& lease) {
  const auto spec = lease.find("spec");
  if (spec == lease.end() || !spec->is_object()) return {};
  return {string_or_empty(*spec, "holderIdentity"), std::chrono::seconds(int32_or_zero(*spec, "leaseDurationSeconds")),
          string_or_empty(*spec, "acquireTime"), int32_or_zero(*spec, "leaseTransitions"),
          string_or_empty(*spec, "renewTime")};
}

}  // namespace meshtrace::kube
