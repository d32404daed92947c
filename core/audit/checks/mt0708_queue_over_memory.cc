#include <fmt/format.h>

#include "core/audit/checks/batch.h"
#include "core/audit/checks/checks.h"
#include "core/base/json.h"
#include "core/inject/batch.h"
#include "core/trace/quantity.h"

namespace meshtrace::audit {
namespace {

// Of the limit, where no policy says how much the queue may have.
constexpr int kDefaultHeadroom = 20;
constexpr int kWholeLimit = 100;  // percent

int headroom_of(const Workload& workload) {
  const bool stated = workload.policy != nullptr && workload.policy->injection.batch;
  return stated ? workload.policy->injection.batch->memory_headroom_percent : kDefaultHeadroom;
}

std::string fix_of(const Model& model, const Workload& workload, const Container& container, const Setting& setting,
                   int bearable) {
  if (setting.variable->by_policy) return change(workload, container, setting, "", "Auto");
  std::vector<NewValue> values{{std::string(kQueueVariable), std::to_string(bearable)}};
  const auto batch = number_of(model, workload, container, kBatchVariable, kDefaultBatch);
  if (batch && *batch > bearable) values.push_back({std::string(kBatchVariable), std::to_string(bearable)});
  return set_variables(workload, container, values);
}

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kQueueVariable);
  const auto queue = setting ? positive_number(setting->variable->value.value_or("")) : std::nullopt;
  const auto limit = trace::parse_quantity(string_member(*container.json, {"resources", "limits", "memory"}));
  if (!queue || !limit) return;
  const int headroom = headroom_of(workload);
  const int bearable = inject::queue_for_memory(*limit, headroom);
  if (*queue <= bearable) return;
  const bool is_over_limit = *queue > inject::queue_for_memory(*limit, kWholeLimit);
  // Of a policy one finding, whichever container shows it.
  const std::string whose = setting->variable->by_policy ? "some container that this policy covers" : setting->who;
  findings.add(
      *setting->object,
      fmt::format("A queue of {} spans takes more than {} of the memory limit of {}: when the collector is slow, "
                  "the container {}.",
                  *queue, is_over_limit ? std::string("all") : fmt::format("{} %", headroom), whose,
                  is_over_limit ? "is killed for its memory" : "comes nearer to being killed for its memory"),
      {.field = setting->field,
       .fix = fix_of(model, workload, container, *setting, bearable),
       .severity = is_over_limit ? Severity::kWarning : Severity::kInfo});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kQueueOverMemory{
    .code = "MT0708",
    .severity = Severity::kInfo,
    .title = "span queue larger than the memory bears",
    .effect = "When the collector is slow or away, the container is killed (OOMKilled), and its spans are lost.",
    .page = R"(Spans wait in a queue until they are exported. 1,024 of them take about 50 MB, so
`OTEL_BSP_MAX_QUEUE_SIZE` must fit the container's memory limit: 20 % of it by default, or the policy's
`memoryHeadroomPercent`.

It is a warning where the full queue takes more than the whole limit, else an info. The fix sets the largest queue
that fits, and the batch with it; of a policy it sets `maxQueueSize: Auto`, which does so for each container.

Only a queue that is stated is judged, not the SDKs' default.

Source: [injection.md](injection.md), section "Queue and batch".)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
