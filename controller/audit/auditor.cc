#include "controller/audit/auditor.h"

#include <utility>

#include "controller/audit/session.h"
#include "net/client/pause.h"

namespace meshtrace::auditing {
namespace {

// Leadership is looked for this often: it comes without a call.
constexpr std::chrono::milliseconds kIdle{500};

}  // namespace

const audit::Kinds& Auditor::told_kinds() {
  static const audit::Kinds kTold{audit::Kind::kTracingPolicy, audit::Kind::kConfigMap, audit::Kind::kTelemetry};
  return kTold;
}

void Auditor::run(const std::stop_token& stop) {
  const Send send = [this, stop](const kube::Request& request) { return parts_.client.send(request, stop); };
  while (!stop.stop_requested()) {
    if (!parts_.leading()) {
      net::pause(stop, kIdle);
      continue;
    }
    AuditSession(*this, send).run(stop);
    parts_.on_findings(nullptr);
    const std::lock_guard lock(mutex_);
    summaries_ = nullptr;  // the next leader's are what holds
  }
}

std::shared_ptr<const Summaries> Auditor::summaries() const {
  const std::lock_guard lock(mutex_);
  return summaries_;
}

void Auditor::publish(const audit::Tally& tally) {
  parts_.on_findings(&tally);
  Summaries now{tally.by_namespace, tally.total};
  {
    const std::lock_guard lock(mutex_);
    if (summaries_ && *summaries_ == now) return;
    summaries_ = std::make_shared<const Summaries>(std::move(now));
  }
  parts_.on_summaries();
}

}  // namespace meshtrace::auditing
