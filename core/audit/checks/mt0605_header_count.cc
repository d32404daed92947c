#include <fmt/format.h>

#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/header_limit_findings.h"
#include "core/audit/fix.h"
#include "core/mesh/document.h"

namespace meshtrace::audit {
namespace {

constexpr LimitWords kWords{.kind = {&HeaderLimits::max_headers_count, &HeaderLimits::count_from},
                            .name = "common_http_protocol_options.max_headers_count",
                            .unit = "header fields",
                            .filter = "max-headers-count",
                            .default_value = 100};

// Fields that a request may well have: some 20 of a browser, 10 of proxies, 8 of trace formats, 4 pseudo-headers.
constexpr int kExpected = 42;

void run(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind == Kind::kEnvoyFilter && mesh::is_ours(subject.value)) return;
  const StatedLimits stated = limits_stated_by(subject);
  if (!stated.count) return;
  if (*stated.count < kExpected) {
    findings.add(
        subject,
        fmt::format("The limit of {} header fields is below the {} or so that a browser's request with the headers "
                    "of proxies and tracers has: it fails with 431, or a reset stream in HTTP/2.",
                    *stated.count, kExpected),
        {.field = stated.count_field,
         .fix = patch_command(subject, replace_field(subject, stated.count_field, kWords.default_value))});
    return;
  }
  report_drop(model, subject, kWords, stated.count_field, findings);
}

}  // namespace

const Check kHeaderCount{
    .code = "MT0605",
    .severity = Severity::kWarning,
    .title = "limit of header fields too low, or lower further on",
    .effect = "Requests with many header fields fail with 431 or a reset stream.",
    .page =
        R"(Envoy counts the fields of a request's headers, the host and HTTP/2's pseudo-headers included, and refuses more than
`max_headers_count` (100 unless stated). Trace headers add to them: B3 in its long form is five fields, W3C three. Told are
a limit below 42 fields (some 20 of a browser, 10 of proxies, 8 of trace formats, 4 pseudo-headers), and a hop on which the
first proxy lets in more than the next one takes; see MT0601, which does the same for bytes.

Sources: Envoy, HttpProtocolOptions `max_headers_count`.)",
    .subjects = {Kind::kEnvoyFilter, Kind::kTracingPolicy},
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
