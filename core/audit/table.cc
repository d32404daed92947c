#include "core/audit/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "core/audit/checks/checks.h"
#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

constexpr std::array<Group, 11> kGroups{{
    {"01", "The header's way in"},
    {"02", "Who traces"},
    {"03", "Formats"},
    {"04", "Sampling"},
    {"05", "Access log"},
    {"06", "Size"},
    {"07", "Pods"},
    {"08", "The path itself"},
    {"09", "Versions"},
    {"10", "Collector"},
    {"11", "meshtrace itself"},
}};

// A row is uncommented by the one who writes the check.
constexpr std::initializer_list<const Check*> kChecks{
    &kRouteHeaders,
    &kFilterHeaders,
    &kIngressNginx,
    &kAlb,
    &kRequestId,
    &kNoProvider,
    &kUnknownProvider,
    &kSeveralProviders,
    &kTwoTelemetries,
    &kRootSelector,
    &kDanglingTarget,
    &kOneDirection,
    &kDisableContextPropagation,
    &kLegacyTracing,
    &kRemovedTracer,
    &kProviderService,
    &kZipkinB3,
    &kLinkerdB3,
    &kNoTracecontext,
    &kMisspeltPropagator,
    &kTwoFormats,
    &kVendorStyle,
    &kMixedFormats,
    &kInteriorSampling,
    &kDefaultSampling,
    &kNotParentBased,
    &kDifferingRates,
    &kSamplerArgument,
    &kNoAccessLog,
    &kNoTraceparent,
    &kRefusedFormat,
    &kHiddenFormat,
    &kEncoding,
    &kNewline,
    &kHeaderLimit,
    &kPanickingFilter,
    &kClobbered,
    &kMatchesNothing,
    &kHeaderCount,
    &kNotInjected,
    &kStale,
    &kMarkedBare,
    &kUndefinedReference,
    &kValueAndSource,
    &kDroppedAttributes,
    &kBatchOverQueue,
    &kQueueOverMemory,
    &kStoppingPropagator,
    &kOverriddenEnvFrom,
    &kInstrumentedSidecar,
    &kTwoInjectors,
    &kPortProtocol,
    &kHeadlessExternal,
    &kBrokerPort,
    &kBypassedProxy,
    &kOldVersion,
    &kUnknownFeature,
    &kExporterEndpoint,
    &kUnscrapedMetrics,
    &kConflictedPolicy,
    &kUnmatchedPolicy,
    &kUndoneWrite,
    &kWebhookCertificate,
    &kWebhookTimeouts,
};

std::string anchor_of(std::string_view code) { return in_lower_case(std::string(code)); }

}  // namespace

std::span<const Group> groups() { return kGroups; }

std::span<const Check* const> checks() { return {kChecks.begin(), kChecks.size()}; }

const Check* find_check(std::string_view code) {
  const auto found =
      std::find_if(kChecks.begin(), kChecks.end(), [code](const Check* check) { return check->code == code; });
  return found == kChecks.end() ? nullptr : *found;
}

std::string page_of(const Check& check) {
  return fmt::format("### {}\n\n**{}** ({}). {}\n\n{}\n", check.code, check.title, name_of(check.severity),
                     check.effect, check.page);
}

std::string pages() {
  std::string text =
      "# The checks of the audit\n\n"
      "Made from the table in `core/audit/table.cc` by `kubectl meshtrace explain --all-checks`; a test keeps the two "
      "equal.\n"
      "`kubectl meshtrace explain MT0101` prints one of these pages. error: traces break or requests fail, surely, as\n"
      "configured. warning: they do under circumstances that are likely. info: worth knowing.\n\n"
      "| code | severity | what |\n|---|---|---|\n";
  for (const Check* check : kChecks) {
    text += fmt::format("| [{0}](#{1}) | {2} | {3} |\n", check->code, anchor_of(check->code), name_of(check->severity),
                        check->title);
  }
  for (const Group& group : kGroups) {
    text += fmt::format("\n## {} {}\n", group.number, group.title);
    for (const Check* check : kChecks) {
      if (check->code.substr(2, 2) == group.number) text += "\n" + page_of(*check);
    }
  }
  return text;
}

std::string docs_anchor(std::string_view code) { return "docs/checks.md#" + anchor_of(code); }

}  // namespace meshtrace::audit
