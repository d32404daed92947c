#include "kube/reflector.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "kube/json.h"
#include "kube/watch_event.h"

namespace meshtrace::kube {

void drop_managed_fields(nlohmann::json& object) {
  const auto metadata = object.find("metadata");
  if (metadata != object.end() && metadata->is_object()) metadata->erase("managedFields");
}

Reflector::Reflector(ReflectorOptions options, Random random)
    : options_(std::move(options)), random_(std::move(random)), backoff_(options_.backoff, random_) {}

Reflector::Step Reflector::next() {
  const auto delay = std::exchange(delay_, std::chrono::milliseconds(0));
  if (const auto* listing = std::get_if<Listing>(&state_)) {
    const ListOptions options{options_.page_limit, listing->continue_token, options_.selection};
    return {Step::Kind::kList, list_request(options_.resource, options), delay};
  }
  const auto spread = static_cast<double>((options_.watch_timeout_max - options_.watch_timeout_min).count());
  const std::chrono::seconds timeout =
      options_.watch_timeout_min + std::chrono::seconds(static_cast<std::int64_t>(spread * random_()));
  const auto& watching = std::get<Watching>(state_);
  const WatchOptions options{watching.resource_version, timeout, options_.selection};
  return {Step::Kind::kWatch, watch_request(options_.resource, options), delay};
}

std::string Reflector::doing() const {
  return (std::holds_alternative<Listing>(state_) ? "list " : "watch ") + options_.resource.name();
}

void Reflector::back_off(const std::optional<std::chrono::seconds>& at_least) {
  delay_ = backoff_.next();
  if (at_least) delay_ = std::max<std::chrono::milliseconds>(delay_, std::min(*at_least, kMaxRetryAfter));
}

Reflector::Progress Reflector::list_again(Problem problem) {
  problem.message = doing() + ": " + problem.message;
  state_ = Listing{};
  return {std::nullopt, std::move(problem), /*keep_reading=*/false};
}

Reflector::Progress Reflector::watch_again(Problem problem) {
  problem.message = doing() + ": " + problem.message;
  return {std::nullopt, std::move(problem), /*keep_reading=*/false};
}

Result<void> Reflector::take_page(nlohmann::json page) {
  const auto items = page.find("items");
  if (items == page.end() || !(items->is_array() || items->is_null())) return fail({}, "the reply is no list");
  auto& listing = std::get<Listing>(state_);
  if (listing.objects.size() + items->size() > options_.max_objects) {
    return fail({}, fmt::format("more than {} objects", options_.max_objects));
  }
  for (auto& object : *items) {
    if (!object.is_object()) return fail({}, "an item of the list is no object");
    options_.trim(object);
    listing.objects.push_back(std::move(object));
  }
  listing.continue_token = metadata_string(page, "continue");
  return {};
}

Reflector::Progress Reflector::on_list_reply(const Reply& reply) {
  if (!reply.ok()) {
    back_off(reply.retry_after);
    return list_again({reply.status, describe_refusal(reply)});
  }
  auto page = parse_json({}, reply.body);
  if (!page || !page->is_object()) {
    back_off();
    return list_again({reply.status, page ? "the reply is no list" : page.error().message()});
  }
  const std::string resource_version = metadata_string(*page, "resourceVersion");
  if (const auto taken = take_page(std::move(*page)); !taken || resource_version.empty()) {
    back_off();
    return list_again({reply.status, taken ? "the list has no resourceVersion" : taken.error().what});
  }
  auto& listing = std::get<Listing>(state_);
  if (!listing.continue_token.empty()) return {};
  Change change{Change::Kind::kReplace, std::move(listing.objects)};
  state_ = Watching{resource_version, {}, false};
  return {std::move(change), std::nullopt, true};
}

Reflector::Progress Reflector::on_no_reply(const Error& error) {
  back_off();
  if (std::holds_alternative<Listing>(state_)) return list_again({0, error.message()});
  return watch_again({0, error.message()});
}

Reflector::Progress Reflector::on_watch_reply(const Reply& reply, Moment now) {
  auto& watching = std::get<Watching>(state_);
  if (reply.ok()) {
    watching.opened = now;
    watching.progressed = false;
    return {};
  }
  back_off(reply.retry_after);
  // Gone: the version is too old. Not found: the resource itself went, which a list says best.
  if (reply.status == kGone || reply.status == kNotFound) return list_again({reply.status, describe_refusal(reply)});
  return watch_again({reply.status, describe_refusal(reply)});
}

Reflector::Progress Reflector::on_watch_line(std::string_view line) {
  auto event = decode_watch_event(line);
  if (!event) {
    back_off();
    return list_again({0, event.error().message()});
  }
  auto& object = event->object;
  if (event->type == WatchEvent::Type::kError) {
    back_off();
    const auto code = object.find("code");
    const int status = code != object.end() && code->is_number_integer() ? code->get<int>() : 0;
    return list_again({status, describe_status(status, object)});
  }
  const std::string resource_version = metadata_string(object, "resourceVersion");
  if (resource_version.empty()) {
    back_off();
    return list_again({0, "watch event: the object has no resourceVersion"});
  }
  auto& watching = std::get<Watching>(state_);
  watching.resource_version = resource_version;
  watching.progressed = true;
  backoff_.reset();
  if (event->type == WatchEvent::Type::kBookmark) return {};
  options_.trim(object);
  const auto kind = event->type == WatchEvent::Type::kDeleted ? Change::Kind::kDelete : Change::Kind::kUpsert;
  Change change{kind, {}};
  change.objects.push_back(std::move(object));
  return {std::move(change), std::nullopt, true};
}

Reflector::Progress Reflector::on_watch_line_too_long() {
  back_off();
  return list_again({0, "watch event: longer than the limit"});
}

Reflector::Progress Reflector::on_watch_end(const std::optional<Error>& error, Moment now) {
  const auto& watching = std::get<Watching>(state_);
  const bool lasted = now - watching.opened >= options_.healthy_watch;
  if (lasted) backoff_.reset();
  if (error) {
    back_off();
    return watch_again({0, error->message()});
  }
  if (lasted) return {};
  back_off();
  if (watching.progressed) return {};
  return watch_again({0, "ended at once, with nothing in it"});
}

}  // namespace meshtrace::kube
