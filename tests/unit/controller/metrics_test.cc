// The audit's figures among the controller's metrics.
#include "controller/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meshtrace::controller {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsOfTheAudit, CountFindingsByCheckAndSeverityWhileThisReplicaAudits) {
  Metrics metrics;
  EXPECT_THAT(metrics.render({}, true), Not(HasSubstr("meshtrace_audit")));
  audit::Tally tally;
  tally.by_code[{"MT1105", audit::Severity::kInfo}] = 3;
  tally.total.suppressed = 2;
  metrics.set_audit(&tally);
  const std::string text = metrics.render({}, true);
  EXPECT_THAT(text, HasSubstr("meshtrace_audit_findings{code=\"MT1105\",severity=\"info\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("meshtrace_audit_findings{code=\"MT1104\",severity=\"error\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("meshtrace_audit_suppressed_findings 2\n"));
  metrics.set_audit(nullptr);
  EXPECT_THAT(metrics.render({}, true), Not(HasSubstr("meshtrace_audit")));
}

}  // namespace
}  // namespace meshtrace::controller
