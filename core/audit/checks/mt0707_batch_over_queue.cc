#include <fmt/format.h>

#include "core/audit/checks/batch.h"
#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"

namespace meshtrace::audit {
namespace {

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto batch = number_of(model, workload, container, kBatchVariable, kDefaultBatch);
  const auto queue = number_of(model, workload, container, kQueueVariable, kDefaultQueue);
  if (!batch || !queue || *batch <= *queue) return;
  const EnvVariable* own = container.find(kBatchVariable);
  if (own == nullptr) own = container.find(kQueueVariable);
  const bool is_python = container.language == Language::kPython;
  findings.add(
      *workload.object,
      fmt::format("{} exports batches of {} spans from a queue of {}: {}.", in_container(container), *batch, *queue,
                  is_python ? "Python's SDK raises ValueError, and the application does not start"
                            : "Python's SDK raises ValueError at the start, others lower the batch"),
      {.field = own == nullptr ? container.field : own->field + ".value",
       .fix = set_variables(workload, container, {{std::string(kBatchVariable), std::to_string(*queue)}}),
       .severity = is_python ? Severity::kError : Severity::kWarning});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kBatchOverQueue{
    .code = "MT0707",
    .severity = Severity::kWarning,
    .title = "export batch larger than the queue",
    .effect = "A Python application does not start; others export smaller batches than they were told.",
    .page = R"(`OTEL_BSP_MAX_EXPORT_BATCH_SIZE` (512 by default) must not exceed `OTEL_BSP_MAX_QUEUE_SIZE` (2048 by
default). Python's SDK raises `ValueError: max_export_batch_size must be less than or equal to max_queue_size`, Node's
lowers the batch. A queue of 256 alone is enough, because the batch's default is 512.

The fix sets the batch to the queue: the queue was chosen for the memory. A policy with `batchSpanProcessor` never
lets the two meet so. In an image that is known to be Python's it is an error.

Sources: OpenTelemetry, "Environment Variable Specification" (OTEL_BSP_*); run with Python's SDK.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
