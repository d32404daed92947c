#include "kube/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kube/json.h"
#include "kube/object_request.h"

namespace meshtrace::kube {
namespace {

// client-go's figures: a kind that was not seen for the first is forgotten, a growing count is written every second.
constexpr std::chrono::minutes kFinishAfter{6};
constexpr std::chrono::minutes kRefreshAfter{30};
constexpr std::chrono::minutes kSweepEvery{1};
constexpr int kMaxTries = 12;
constexpr std::chrono::milliseconds kRetryDelay{10'000};
constexpr double kRetryJitter = 0.25;

// The API server's limits (k8s.io/kubernetes/pkg/apis/core/validation/events.go).
constexpr std::size_t kMaxNoteBytes = 1024;
constexpr std::size_t kMaxWordBytes = 128;
constexpr std::size_t kMaxNameBytes = 253;

constexpr int kTooManyRequests = 429;
constexpr int kServerErrors = 500;

// NAME.HEX, as client-go names Events. A name that is cut must not end in what a name cannot end in.
std::string event_name(const std::string& regarding, std::int64_t id) {
  const std::string suffix = fmt::format(".{:x}", id);
  std::string name = regarding.substr(0, kMaxNameBytes - suffix.size());
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return name + suffix;
}

nlohmann::json reference_json(const ObjectReference& reference) {
  nlohmann::json json = {{"apiVersion", reference.api_version}, {"kind", reference.kind}, {"name", reference.name}};
  if (!reference.ns.empty()) json["namespace"] = reference.ns;
  if (!reference.uid.empty()) json["uid"] = reference.uid;
  return json;
}

}  // namespace

EventRecorder::EventRecorder(EventRecorderOptions options, Random random)
    : options_(std::move(options)), random_(std::move(random)), tokens_(options_.burst) {}

nlohmann::json EventRecorder::first_of(const Event& event, WallTime wall) {
  // Two of one microsecond must not get one name.
  const std::int64_t id = std::chrono::nanoseconds(wall.time_since_epoch()).count();
  last_id_ = std::max(last_id_ + 1, id);
  const ObjectReference& regarding = event.regarding;
  return {{"apiVersion", "events.k8s.io/v1"},
          {"kind", "Event"},
          {"metadata",
           {{"name", event_name(regarding.name, last_id_)},
            {"namespace", regarding.ns.empty() ? "default" : regarding.ns}}},
          {"eventTime", format_micro_time(wall)},
          {"reportingController", options_.reporting_controller},
          {"reportingInstance", cut(options_.reporting_instance, kMaxWordBytes)},
          {"type", event.type == Event::Type::kWarning ? "Warning" : "Normal"},
          {"reason", cut(event.reason, kMaxWordBytes)},
          {"action", cut(event.action, kMaxWordBytes)},
          {"note", cut(printable(event.note, kMaxNoteBytes), kMaxNoteBytes)},
          {"regarding", reference_json(regarding)}};
}

void EventRecorder::record(const Event& event, Moment now, WallTime wall) {
  Kind key{event.regarding, event.type, event.reason, event.action};
  auto kind = kinds_.find(key);
  if (kind == kinds_.end()) {
    if (kinds_.size() >= options_.max_kinds) {
      ++dropped_;
      return;
    }
    kind = kinds_.emplace(std::move(key), Remembered{.event = first_of(event, wall), .seen = now}).first;
    return enqueue(kind);
  }
  Remembered& remembered = kind->second;
  ++remembered.count;
  remembered.seen = now;
  remembered.event["series"] = {{"count", remembered.count}, {"lastObservedTime", format_micro_time(wall)}};
  if (remembered.count == 2) enqueue(kind);
}

void EventRecorder::enqueue(Kinds::iterator kind) {
  if (kind->second.queued) return;
  kind->second.queued = true;
  queue_.push_back(kind);
}

// Writes the counts that are due, and forgets what has ended.
void EventRecorder::sweep(Moment now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepEvery;
  for (auto kind = kinds_.begin(); kind != kinds_.end();) {
    const Remembered& remembered = kind->second;
    const bool ended = now - remembered.seen >= kFinishAfter;
    const bool behind = remembered.written < remembered.count;
    if (ended && !behind && !remembered.queued) {
      kind = kinds_.erase(kind);
      continue;
    }
    if (behind && (ended || now - remembered.written_at >= kRefreshAfter)) enqueue(kind);
    ++kind;
  }
}

// When the rate limit lets the next request through: a bucket of `burst` tokens, filled at `per_second`.
Moment EventRecorder::allowed_at(Moment now) {
  const std::chrono::duration<double> passed = now - tokens_at_;
  tokens_ = std::min(options_.burst, tokens_ + passed.count() * options_.per_second);
  tokens_at_ = now;
  if (tokens_ >= 1) return now;
  const std::chrono::duration<double> missing((1 - tokens_) / options_.per_second);
  return now + std::chrono::ceil<std::chrono::milliseconds>(missing);
}

EventRecorder::Step EventRecorder::next(Moment now) {
  sweep(now);
  if (queue_.empty()) return {std::nullopt, kinds_.empty() ? Moment::max() : next_sweep_};
  const Moment ready = std::max(not_before_, allowed_at(now));
  if (ready > now) return {std::nullopt, ready};
  tokens_ -= 1;
  const Remembered& remembered = queue_.front()->second;
  sent_count_ = remembered.count;
  return {request_for(remembered), now};
}

Request EventRecorder::request_for(const Remembered& remembered) const {
  const nlohmann::json& event = remembered.event;
  const Resource resource{"events.k8s.io", "v1", "events", metadata_string(event, "namespace")};
  if (remembered.written == 0) return create_request(resource, event, {});
  return merge_patch_request(resource, metadata_string(event, "name"), {{"series", event.at("series")}}, {});
}

void EventRecorder::on_reply(const Reply& reply, Moment now) {
  const auto kind = queue_.front();
  Remembered& remembered = kind->second;
  if (reply.ok()) return written(kind, sent_count_, now);
  if (reply.status == kTooManyRequests || reply.status >= kServerErrors) {
    const std::chrono::seconds asked = std::min(reply.retry_after.value_or(std::chrono::seconds(0)), kMaxRetryAfter);
    return try_again(kind, std::max<std::chrono::milliseconds>(kRetryDelay, asked), now);
  }
  const bool created = remembered.written > 0;
  if (created && reply.status == kNotFound) {  // it was deleted, or has expired
    remembered.written = 0;
    return try_again(kind, {}, now);
  }
  // A create that was sent twice, or whose reply was lost.
  if (!created && reply.status == kConflict) return written(kind, 1, now);
  give_up(kind);
}

void EventRecorder::on_no_reply(Moment now) { try_again(queue_.front(), kRetryDelay, now); }

void EventRecorder::written(Kinds::iterator kind, int count, Moment now) {
  Remembered& remembered = kind->second;
  // The second one makes it a series at once; further ones wait until the count is due.
  const bool was_single = remembered.written <= 1 && count == 1;
  remembered.written = count;
  remembered.written_at = now;
  remembered.tries = 0;
  remembered.queued = false;
  queue_.pop_front();
  if (was_single && remembered.count > 1) enqueue(kind);
}

// The others wait too: what keeps this one from being sent keeps them as well.
void EventRecorder::try_again(Kinds::iterator kind, std::chrono::milliseconds delay, Moment now) {
  if (++kind->second.tries >= kMaxTries) return give_up(kind);
  const double share = 1 + kRetryJitter * random_();
  not_before_ = now + std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(delay.count()) * share));
}

void EventRecorder::give_up(Kinds::iterator kind) {
  ++dropped_;
  queue_.pop_front();
  kinds_.erase(kind);
}

}  // namespace meshtrace::kube
