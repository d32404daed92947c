#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/header_limit_findings.h"
#include "core/audit/fix.h"
#include "core/audit/path_routes.h"
#include "core/base/json.h"
#include "core/mesh/document.h"

namespace meshtrace::audit {
namespace {

constexpr LimitWords kWords{.kind = {&HeaderLimits::max_request_headers_kb, &HeaderLimits::kb_from},
                            .name = "max_request_headers_kb",
                            .unit = "KiB of headers",
                            .filter = "max-request-headers-kb",
                            .default_value = 60};

// The largest set of headers that has to be expected, in bytes: what W3C Baggage has every platform propagate, one
// cookie of the size that RFC 6265 has every browser keep, and 1 KiB for traceparent, tracestate, B3 and x-request-id.
constexpr int kBaggage = 8192;
constexpr int kCookie = 4096;
constexpr int kTraceHeaders = 1024;
constexpr int kKib = 1024;  // bytes

// TracingPolicies of the mesh may let a longer baggage pass.
int expected_bytes(const Snapshot& snapshot) {
  int baggage = kBaggage;
  for (const ObjectPointer& policy : snapshot.in(Kind::kTracingPolicy, snapshot.root_namespace())) {
    baggage = std::max(baggage, port_number(policy->spec(), {"proxy", "headers", "maxBaggageBytes"}));
  }
  return baggage + kCookie + kTraceHeaders;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  // What the controller wrote is reported on the policy.
  if (subject.kind == Kind::kEnvoyFilter && mesh::is_ours(subject.value)) return;
  const StatedLimits stated = limits_stated_by(subject);
  if (!stated.kb) return;
  const int expected = expected_bytes(model.snapshot);
  if (*stated.kb * kKib < expected) {
    const int enough = std::max(kWords.default_value, (expected + kKib - 1) / kKib);
    findings.add(
        subject,
        fmt::format("The limit of {} KiB is below the {} bytes that baggage, trace headers and one cookie may come "
                    "to: such requests fail with 431, or a reset stream in HTTP/2.",
                    *stated.kb, expected),
        {.field = stated.kb_field, .fix = patch_command(subject, replace_field(subject, stated.kb_field, enough))});
    return;
  }
  report_drop(model, subject, kWords, stated.kb_field, findings);
}

}  // namespace

const Check kHeaderLimit{
    .code = "MT0601",
    .severity = Severity::kWarning,
    .title = "header size limit too low, or lower further on",
    .effect =
        "Requests with large headers fail with 431 or a reset stream, and their access log line has no traceparent.",
    .page =
        R"(Every proxy on the way has a limit of its own for the bytes of a request's headers (Envoy's default: 60 KiB), and the
smallest wins. Two things are told, both for EnvoyFilters and TracingPolicies that state a limit:

- a limit below what has to be expected: 8192 bytes of baggage (or the mesh's `maxBaggageBytes`, where that is more), a
  cookie of 4096 and 1024 for the trace headers;
- a hop on which the first proxy (a gateway, or the caller's sidecar) lets in more than the next one takes: what the gateway
  accepts fails behind it. It is told where the limit was raised, or on the lower limit if that is stated, too.

HTTP/1.1 answers 431 and logs `-` for traceparent; HTTP/2 resets the stream.

Sources: Envoy, HttpConnectionManager `max_request_headers_kb`; W3C Baggage, section 3.3.2; RFC 6265, section 6.1.)",
    .subjects = {Kind::kEnvoyFilter, Kind::kTracingPolicy},
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
