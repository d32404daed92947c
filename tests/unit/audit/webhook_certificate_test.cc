// MT1104 over time: the certificate of its case, seen at moments of its life.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/audit/audit.h"
#include "core/audit/checks/checks.h"
#include "support.h"

namespace meshtrace::audit {
namespace {

constexpr std::int64_t kFrom = 1577836800;   // of the certificate in the case: 2020
constexpr std::int64_t kUntil = 4733510400;  // 2120
constexpr std::int64_t kDay = 86'400;

std::vector<Finding> findings_at(std::int64_t now) {
  std::ostringstream text;
  text << std::ifstream(MESHTRACE_SOURCE_DIR "/tests/audit/cases/MT1104-empty/fixed.yaml").rdbuf();
  const std::string yaml = std::move(text).str();
  SnapshotOptions options;
  options.now = now;
  const Snapshot snapshot = snapshot_of(yaml, options);
  const Model model(snapshot);
  std::vector<Finding> findings;
  for (const ObjectPointer& subject : snapshot.all(Kind::kMutatingWebhookConfiguration)) {
    run_check(kWebhookCertificate, model, *subject, findings);
  }
  return findings;
}

TEST(WebhookCertificate, IsWarnedOfTwoWeeksBeforeItsEndAndAnErrorAfterIt) {
  EXPECT_TRUE(findings_at(kUntil - 15 * kDay).empty());
  const auto soon = findings_at(kUntil - 10 * kDay - 1);
  ASSERT_EQ(soon.size(), 1u);
  EXPECT_EQ(soon[0].severity, Severity::kWarning);
  EXPECT_NE(soon[0].message.find("expires in 10 days"), std::string::npos) << soon[0].message;
  const auto late = findings_at(kUntil + 3 * kDay);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].severity, Severity::kError);
  EXPECT_NE(late[0].message.find("expired 3 days ago"), std::string::npos) << late[0].message;
}

TEST(WebhookCertificate, IsAnErrorBeforeItBegins) {
  EXPECT_TRUE(findings_at(kFrom).empty());
  ASSERT_EQ(findings_at(kFrom - 1).size(), 1u);
}

TEST(WebhookCertificate, IsNotJudgedByItsDatesWhereTheTimeIsNotKnown) { EXPECT_TRUE(findings_at(0).empty()); }

}  // namespace
}  // namespace meshtrace::audit
