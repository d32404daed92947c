#include "core/logs/analysis.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>

#include "core/logs/example.h"
#include "core/logs/prefix.h"
#include "core/trace/traceparent.h"

namespace meshtrace::logs {
namespace {

constexpr std::size_t kDigitsOfValue = 16;  // of a trace id's 32: the last ones, which every kind of id draws by chance
constexpr int kDigitsOfTime = 17;           // years to milliseconds

std::uint64_t hash(std::string_view text) { return std::hash<std::string_view>()(text); }

std::uint64_t end_of(std::string_view trace_id) {
  const std::string_view digits = trace_id.substr(trace_id.size() - kDigitsOfValue);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

// The digits of a time as one number: in one format, later times are greater.
std::uint64_t time_of(std::string_view text) {
  std::uint64_t number = 0;
  int digits = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') continue;
    if (++digits > kDigitsOfTime) break;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// By the names that Istio gives to clusters.
Direction direction_of(std::string_view cluster) {
  if (cluster.starts_with("inbound|")) return Direction::kInbound;
  if (cluster.starts_with("outbound|")) return Direction::kOutbound;
  return Direction::kOther;
}

std::string title(const Hop& hop) { return fmt::format("{} {}", hop.source, name(hop.direction)); }

}  // namespace

void Analysis::begin(std::string name) {
  source_ = Source{};
  source_.name = std::move(name);
  lines_ = Lines{};
  shown_ = 0;
  formats_found_.assign(formats_.size(), false);
}

void Analysis::feed(std::string_view bytes) {
  lines_.feed(bytes, [this](std::string_view line) { take(line); });
}

void Analysis::end() {
  if (lines_.finish()) ++source_.skipped;
  source_.lines = lines_.count();
  source_.overlong = lines_.count_overlong();
  for (std::size_t format = 0; format < formats_found_.size(); ++format) {
    if (formats_found_[format]) source_.formats.emplace_back(formats_.name(format));
  }
  sources_.push_back(std::move(source_));
}

void Analysis::take(std::string_view line) {
  const auto [pod, entry] = strip_prefix(line, formats_.begin_with_time() ? LeadingTime::kKeep : LeadingTime::kStrip);
  const auto format = formats_.read(entry, format_, fields_);
  if (!format) {
    ++source_.skipped;
    return;
  }
  format_ = *format;
  formats_found_[format_] = true;
  shown_ |= fields_.shown();
  ++source_.entries;
  if (is_connection()) {
    ++source_.connections;
    return;
  }
  judge(hops_.find(pod.empty() ? source_.name : pod, direction_of(fields_.value(Field::kUpstreamCluster))));
}

bool Analysis::would_show(Field field) const {
  // JSON may leave out members without a value (omit_empty_values).
  return fields_.shows(field) || (formats_.is_json(format_) && (shown_ & Fields::bit(field)) != 0);
}

bool Analysis::is_connection() const {
  const std::string_view code = fields_.value(Field::kResponseCode);
  return would_show(Field::kProtocol) && fields_.value(Field::kProtocol).empty() &&
         fields_.value(Field::kMethod).empty() && (code.empty() || code == "0");
}

bool Analysis::is_unread() const {
  return (would_show(Field::kAuthority) || would_show(Field::kMethod)) && fields_.value(Field::kAuthority).empty() &&
         fields_.value(Field::kMethod).empty();
}

void Analysis::judge(std::uint32_t hop) {
  ++hops_.at(hop).requests;
  const bool is_too_large = fields_.value(Field::kResponseCode) == "431";
  if (is_too_large) count(hop, Kind::kTooLarge);
  const std::string_view traceparent = fields_.value(Field::kTraceparent);
  if (!would_show(Field::kTraceparent)) {
    count(hop, Kind::kNotShown);
  } else if (!traceparent.empty()) {
    judge_traceparent(hop, traceparent);
  } else if (is_too_large || is_unread()) {
    // The proxy answered before it had all headers: what it logs as "-" may have been sent.
    if (!is_too_large) ++hops_.at(hop).unread;
  } else {
    count(hop, Kind::kAbsent);
  }
}

void Analysis::judge_traceparent(std::uint32_t hop, std::string_view traceparent) {
  const auto read = trace::parse_traceparent(traceparent);
  if (!read) {
    if (Example* example = count(hop, Kind::kMalformed)) example->detail = trace::describe(read.error());
    return;
  }
  const std::uint64_t time = time_of(fields_.value(Field::kStartTime));
  const std::string_view request_id = fields_.value(Field::kRequestId);
  const std::uint64_t trace = hash(read->trace_id);
  samplings_.prefetch(trace);
  if (!request_id.empty()) compare_trace({hash(request_id), end_of(read->trace_id), time, hop});
  compare_sampling({trace, read->sampled() ? 1u : 0u, time, hop});
}

void Analysis::compare_trace(const Seen& now) {
  const auto restart = traces_.compare(now);
  // At one hop alone it is another request with the same id: a client's, or one of several calls of an application.
  if (!restart || restart->before.hop == restart->after.hop) return;
  if (Example* example = count(*restart, Kind::kRestarted, now.hop)) {
    example->detail = fmt::format("trace ...{:016x} at {}, ...{:016x} here", restart->before.value,
                                  title(hops_.at(restart->before.hop)), restart->after.value);
  }
}

void Analysis::compare_sampling(const Seen& now) {
  const auto change = samplings_.compare(now);
  if (!change || change->before.value == 0) return;
  if (Example* example = count(*change, Kind::kUnsampled, now.hop)) {
    example->detail = fmt::format("sampled at {}", title(hops_.at(change->before.hop)));
  }
}

Example* Analysis::count(std::uint32_t hop, Kind kind) {
  Hop& counted = hops_.at(hop);
  ++counted.counts[static_cast<std::size_t>(kind)];
  auto& examples = counted.examples[static_cast<std::size_t>(kind)];
  if (examples.size() == kMaxExamples) return nullptr;
  return &examples.emplace_back(make_example(lines_.count(), fields_));
}

Example* Analysis::count(const Recent::Difference& difference, Kind kind, std::uint32_t hop_of_entry) {
  Example* example = count(difference.after.hop, kind);
  if (example != nullptr && difference.after.hop != hop_of_entry) {
    example->line = 0;
    example->traceparent.clear();
  }
  return example;
}

Report Analysis::report() const { return {hops_.sorted(), sources_, traces_.forgotten() + samplings_.forgotten()}; }

}  // namespace meshtrace::logs
