#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/fix.h"
#include "core/audit/ingress_class.h"
#include "core/audit/model.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kAttributes = "alb.ingress.kubernetes.io/load-balancer-attributes";
constexpr const char* kDropInvalid = "routing.http.drop_invalid_header_fields.enabled";
constexpr const char* kDropAdvice =
    "Check that no tracer behind uses header names with other characters than letters, digits and hyphens; else set "
    "routing.http.drop_invalid_header_fields.enabled=false.";

void report_drop(const Object& by, const std::string& field, Findings& findings) {
  findings.add(by,
               "The load balancer drops request headers whose names have other characters than letters, digits and "
               "hyphens: traceparent, baggage and B3 pass, a tracer's own header with an underscore is lost.",
               {.field = field, .fix = kDropAdvice});
}

void check_params(const Object& params, Findings& findings) {
  const json& attributes = array_member(params.spec(), {"loadBalancerAttributes"});
  for (std::size_t at = 0; at < attributes.size(); ++at) {
    if (string_member(attributes[at], {"key"}) != kDropInvalid || string_member(attributes[at], {"value"}) != "true")
      continue;
    report_drop(params, "spec.loadBalancerAttributes[" + std::to_string(at) + "]", findings);
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind == Kind::kIngressClassParams) return check_params(subject, findings);
  if (controller_of(model.snapshot, subject) != IngressController::kAlb) return;
  const std::string attributes = subject.annotation(kAttributes);
  if (attributes.find(std::string(kDropInvalid) + "=true") != std::string::npos) {
    return report_drop(subject, std::string("metadata.annotations[") + kAttributes + "]", findings);
  }
  findings.add(
      subject,
      "The load balancer makes no spans and begins no trace: it passes traceparent on and adds X-Amzn-Trace-Id, "
      "which W3C tracers do not read. Traces of callers outside begin at the first workload behind it.",
      {.fix = "Nothing needs to be changed; add xray to OTEL_PROPAGATORS where the load balancer's ids are wanted in "
              "traces."});
}

}  // namespace

const Check kAlb{
    .code = "MT0104",
    .severity = Severity::kInfo,
    .title = "AWS load balancer adds only its own header",
    .effect = "Traces begin behind the load balancer, which itself is not seen in them.",
    .page = R"(An Application Load Balancer passes `traceparent`, `tracestate`, `baggage` and B3 on untouched, adds
`X-Amzn-Trace-Id` and makes no spans. With `routing.http.drop_invalid_header_fields.enabled=true` (an attribute in the
Ingress's annotation `load-balancer-attributes` or in IngressClassParams) it drops headers whose names are not of letters,
digits and hyphens; all standard trace headers pass.

It is told for each Ingress that an ALB serves, and needs no mending. Suppress it with `meshtrace.io/ignore: MT0104`.

Sources: AWS, "Request tracing for your Application Load Balancer" and "Load balancer attributes"; AWS Load Balancer
Controller, "Ingress annotations".)",
    .subjects = {Kind::kIngress, Kind::kIngressClassParams},
    .reads = {Kind::kIngressClass},
    .run = run,
};

}  // namespace meshtrace::audit
