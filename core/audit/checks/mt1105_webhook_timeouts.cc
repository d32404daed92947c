#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/webhook_configurations.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// The API server gives up on a request that writes after this time, whatever the failure policies say.
// Source: Kubernetes, k8s.io/apiserver/pkg/endpoints/handlers/rest.go, requestTimeoutUpperBound.
constexpr int kRequestSeconds = 34;
constexpr int kDefaultTimeoutSeconds = 10;  // admissionregistration.k8s.io/v1

bool lists(const json& rule, const char* key, std::string_view wanted) {
  const json& values = array_member(rule, {key});
  return std::any_of(values.begin(), values.end(), [&](const json& value) {
    return value.is_string() && (value == wanted || value == "*" || value == "*/*");
  });
}

bool is_for_new_pods(const json& webhook) {
  const json& rules = array_member(webhook, {"rules"});
  return std::any_of(rules.begin(), rules.end(), [](const json& rule) {
    return lists(rule, "resources", "pods") && lists(rule, "apiGroups", "") && lists(rule, "operations", "CREATE");
  });
}

int timeout_of(const json& webhook) {
  const json* seconds = find_member(webhook, {"timeoutSeconds"});
  return seconds != nullptr && seconds->is_number_integer() ? std::clamp(seconds->get<int>(), 1, 30)
                                                            : kDefaultTimeoutSeconds;
}

// The longest that a configuration holds a new pod up: its entries are variants by namespace and label (Istio has
// four), of which a pod meets one.
struct Longest {
  int seconds = 0;  // 0: it is not about pods
  std::size_t index = 0;
};
Longest longest_of(const Object& configuration) {
  Longest longest;
  const json& webhooks = webhooks_of(configuration);
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    if (is_for_new_pods(webhooks[i]) && timeout_of(webhooks[i]) > longest.seconds) {
      longest = {timeout_of(webhooks[i]), i};
    }
  }
  return longest;
}

// Mutating webhooks are called one after another.
struct Sum {
  int seconds = 0;
  int configurations = 0;
  const Object* slowest = nullptr;  // the one to edit: of equal ones the first by name
};
Sum sum_of(const Snapshot& snapshot) {
  Sum sum;
  int slowest = 0;
  for (const ObjectPointer& object : snapshot.all(Kind::kMutatingWebhookConfiguration)) {
    const Longest longest = longest_of(*object);
    if (longest.seconds == 0) continue;
    sum.seconds += longest.seconds;
    ++sum.configurations;
    if (longest.seconds > slowest) {
      slowest = longest.seconds;
      sum.slowest = object.get();
    }
  }
  return sum;
}

void check_ours(const Object& subject, Findings& findings) {
  const json& webhooks = webhooks_of(subject);
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    if (!is_our_webhook(subject, webhooks[i]) || string_member(webhooks[i], {"failurePolicy"}) != "Fail") continue;
    const std::string field = webhook_field(i, "failurePolicy");
    findings.add(subject,
                 fmt::format("With failurePolicy Fail of webhook {} {} while meshtrace is away, and each attempt "
                             "waits for {} s first: tracing is not worth that.",
                             policy::in_quotes(string_member(webhooks[i], {"name"})),
                             is_for_new_pods(webhooks[i]) ? "no pod is created" : "what it looks at cannot be written",
                             timeout_of(webhooks[i])),
                 {.field = field, .fix = patch_command(subject, replace_field(subject, field, "Ignore"))});
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  check_ours(subject, findings);
  if (subject.kind != Kind::kMutatingWebhookConfiguration) return;
  const Sum sum = sum_of(model.snapshot);
  if (sum.seconds <= kRequestSeconds || sum.slowest != &subject) return;
  const std::string field = webhook_field(longest_of(subject).index, "timeoutSeconds");
  findings.add(
      subject,
      fmt::format("{} mutating webhooks are called one after another for a new pod, with timeouts of {} s "
                  "together; the API server gives up after {} s, so that pods fail although each webhook may be "
                  "ignored.",
                  sum.configurations, sum.seconds, kRequestSeconds),
      {.field = field,
       .fix = fmt::format("Lower timeoutSeconds, here and in the other configurations, to together less than {}; 3 "
                          "is enough for a webhook in the cluster.",
                          kRequestSeconds),
       .severity = Severity::kInfo});
}

}  // namespace

const Check kWebhookTimeouts{
    .code = "MT1105",
    .severity = Severity::kWarning,
    .title = "webhooks' failure policies and timeouts add up",
    .effect = "Pods are not created, or late, while a webhook that only serves tracing is away.",
    .page =
        R"(meshtrace's webhooks have `failurePolicy: Ignore` and `timeoutSeconds: 3`: with them away pods are created as they
are. `Fail` would make tracing a condition for running at all.

Mutating webhooks are called in turn, and each may take its whole timeout (10 s where none is said). The API server ends
a request that writes after 34 seconds, whatever the failure policies say: with enough injectors of 10 s, all of which may
be ignored, an outage that all of them share (DNS, a network policy) still stops every pod. That is told as info, on the
configuration with the longest timeout.

Limits: of one configuration's entries the slowest counts, since they usually exclude one another; who is selected by
which `namespaceSelector` is not worked out; `reinvocationPolicy: IfNeeded` may add calls.

Source: Kubernetes, "Dynamic Admission Control", and k8s.io/apiserver `requestTimeoutUpperBound`.)",
    .subjects = {Kind::kMutatingWebhookConfiguration, Kind::kValidatingWebhookConfiguration},
    .reads = {Kind::kMutatingWebhookConfiguration},
    .run = run,
};

}  // namespace meshtrace::audit
