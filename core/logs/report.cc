#include "core/logs/report.h"

namespace meshtrace::logs {
namespace {

// The one place that joins what logs show to the audit's checks.
constexpr std::array<KindInfo, kKindCount> kKinds{{
    {Kind::kAbsent, "absent", "MT0101", "without traceparent",
     "the caller sent none, or something on the way removed it and this proxy does not trace"},
    {Kind::kMalformed, "malformed", "MT0102", "with a malformed traceparent",
     "something writes it by hand: an EnvoyFilter, a plugin, or an application without an SDK"},
    {Kind::kRestarted, "restarted", "MT0303", "in another trace than before",
     "what stands between the two hops does not read W3C trace context, or does not trust it, and begins a new trace"},
    {Kind::kUnsampled, "unsampled", "MT0401", "no longer sampled",
     "a sampler on the way decides anew: a proxy under 100 %, or an SDK's that is not parent-based"},
    {Kind::kTooLarge, "tooLarge", "MT0601", "refused with 431",
     "their headers are over a proxy's limit of size or number; baggage is the usual reason"},
    {Kind::kNotShown, "notShown", "MT0502", "logged without traceparent",
     "the log's format does not show the header, so nothing can be said about these"},
}};

}  // namespace

std::span<const KindInfo> kinds() { return kKinds; }

const KindInfo& info(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::string_view name(Direction direction) {
  switch (direction) {
    case Direction::kInbound:
      return "inbound";
    case Direction::kOutbound:
      return "outbound";
    case Direction::kOther:
      return "other";
  }
  return "";
}

std::uint64_t Report::count(Kind kind) const {
  std::uint64_t sum = 0;
  for (const Hop& hop : hops) sum += hop.count(kind);
  return sum;
}

}  // namespace meshtrace::logs
