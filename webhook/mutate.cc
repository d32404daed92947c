#include "webhook/mutate.h"

#include <algorithm>
#include <utility>

#include "core/inject/inject.h"

namespace meshtrace::webhook {
namespace {

policy::Labels labels_of(simdjson::dom::element pod) {
  policy::Labels labels;
  simdjson::dom::object object;
  if (pod["metadata"]["labels"].get(object) != simdjson::SUCCESS) return labels;
  labels.reserve(object.size());
  for (const auto [key, value] : object) {
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) labels.emplace_back(key, text);
  }
  return labels;
}

SkipReason to_skip_reason(policy::NotCovered reason) {
  switch (reason) {
    case policy::NotCovered::kExcludedNamespace:
      return SkipReason::kExcludedNamespace;
    case policy::NotCovered::kNoPolicy:
      return SkipReason::kNoPolicy;
    case policy::NotCovered::kPolicyWithoutInjection:
      return SkipReason::kPolicyWithoutInjection;
  }
  return SkipReason::kNoPolicy;
}

Mutation skip(SkipReason reason) { return {.patch = {}, .warnings = {}, .skipped = reason}; }

}  // namespace

std::string_view name_of(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNotPodCreation:
      return "not_pod_creation";
    case SkipReason::kExcludedNamespace:
      return "excluded_namespace";
    case SkipReason::kNoPolicy:
      return "no_policy";
    case SkipReason::kPolicyWithoutInjection:
      return "policy_without_injection";
    case SkipReason::kOptedOut:
      return "opted_out";
    case SkipReason::kNothingToAdd:
      return "nothing_to_add";
    case SkipReason::kUnreadablePod:
      return "unreadable_pod";
  }
  return "";
}

Mutation mutate(const AdmissionReview& review, const policy::Index& policies) {
  const bool creates_pod =
      review.operation == "CREATE" && review.group.empty() && review.resource == "pods" && review.subresource.empty();
  if (!creates_pod) return skip(SkipReason::kNotPodCreation);
  const policy::Coverage coverage = policies.find(review.ns, labels_of(review.object));
  if (coverage.effective == nullptr)
    return skip(to_skip_reason(coverage.reason.value_or(policy::NotCovered::kNoPolicy)));

  auto injection = inject::inject(review.object, coverage.effective->injection,
                                  {.base = "", .owner = {}, .mark = inject::Options::Mark::kSet});
  if (!injection) {
    Mutation mutation = skip(SkipReason::kUnreadablePod);
    mutation.warnings.push_back("meshtrace: no tracing environment was added: " + injection.error().message());
    return mutation;
  }
  Mutation mutation;
  mutation.patch = std::move(injection->patch);
  mutation.warnings = std::move(injection->warnings);
  if (injection->opted_out) return skip(SkipReason::kOptedOut);
  const bool injected =
      std::any_of(injection->containers.begin(), injection->containers.end(),
                  [](const auto& container) { return container.outcome == inject::Outcome::kInjected; });
  if (!injected) mutation.skipped = SkipReason::kNothingToAdd;
  const auto& clamped = coverage.effective->warnings;
  mutation.warnings.insert(mutation.warnings.end(), clamped.begin(), clamped.end());
  return mutation;
}

std::string_view pod_name(const AdmissionReview& review) {
  simdjson::dom::element metadata;
  if (review.object["metadata"].get(metadata) != simdjson::SUCCESS) return {};
  const std::string_view name = string_at(metadata, "name");
  return name.empty() ? string_at(metadata, "generateName") : name;
}

}  // namespace meshtrace::webhook
