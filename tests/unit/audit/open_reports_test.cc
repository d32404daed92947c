// Findings as reports: what they say, how they are split, and when their times change.
#include "core/audit/open_reports.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::int64_t kMonday = 1'800'000'000;
constexpr std::int64_t kTuesday = kMonday + 86'400;

Finding finding(const std::string& code, const std::string& ns, const std::string& name,
                Severity severity = Severity::kWarning) {
  Finding result;
  result.code = code;
  result.severity = severity;
  result.message = "The route takes \"traceparent\" away.";
  result.object = {"v1", "Service", ns, name};
  result.field = "spec";
  result.fix = "kubectl patch services " + name;
  return result;
}

Tally tally_of(std::vector<Finding> findings) {
  Tally tally;
  tally.findings = std::move(findings);
  return tally;
}

std::vector<json> reports_of(const Tally& tally, const ReportLimits& limits = {}) {
  FirstSeen first_seen;
  return make_reports(tally, first_seen, kMonday, limits);
}

std::string title(const json& report) {
  return report["kind"].get<std::string>() + " " + report["metadata"].value("namespace", "") + "/" +
         report["metadata"]["name"].get<std::string>();
}

std::vector<std::string> titles(const std::vector<json>& reports) {
  std::vector<std::string> all;
  for (const json& report : reports) all.push_back(title(report));
  return all;
}

TEST(Reports, AreOneForEachNamespaceAndGroup) {
  const auto reports = reports_of(tally_of({finding("MT0201", "", "mesh"), finding("MT0101", "shop", "a"),
                                            finding("MT0102", "shop", "a"), finding("MT0501", "shop", "a")}));
  EXPECT_EQ(titles(reports), (std::vector<std::string>{"ClusterReport /meshtrace-mt02", "Report shop/meshtrace-mt01",
                                                       "Report shop/meshtrace-mt05"}));
  EXPECT_EQ(reports[1]["results"].size(), 2u);
  EXPECT_FALSE(reports[0].contains("scope"));
  EXPECT_EQ(reports[1]["scope"], json({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"name", "shop"}}));
}

TEST(Reports, SayWhatAndWhereAndHowToMendIt) {
  const json result = reports_of(tally_of({finding("MT0101", "shop", "a", Severity::kError)})).at(0)["results"][0];
  EXPECT_EQ(result["policy"], "MT0101");
  EXPECT_EQ(result["result"], "fail");
  EXPECT_EQ(result["severity"], "high");
  EXPECT_EQ(result["resources"],
            json::array({{{"apiVersion", "v1"}, {"kind", "Service"}, {"name", "a"}, {"namespace", "shop"}}}));
  EXPECT_EQ(result["properties"],
            json({{"docs", "docs/checks.md#mt0101"}, {"field", "spec"}, {"fix", "kubectl patch services a"}}));
  EXPECT_EQ(result["timestamp"], json({{"seconds", kMonday}, {"nanos", 0}}));
}

TEST(Reports, CountTheirOwnResults) {
  const json report =
      reports_of(tally_of({finding("MT0101", "shop", "a", Severity::kError), finding("MT0101", "shop", "b"),
                           finding("MT0102", "shop", "c", Severity::kInfo)}))
          .at(0);
  EXPECT_EQ(report["summary"], json({{"pass", 0}, {"fail", 1}, {"warn", 2}, {"error", 0}, {"skip", 0}}));
}

TEST(Reports, LeaveOutAFixThatHasNoRoomAndCutAMessage) {
  Finding long_one = finding("MT0101", "shop", "a");
  long_one.fix = std::string(5'000, 'x');
  long_one.message = "\x1b[31m" + std::string(5'000, 'y');
  const json result = reports_of(tally_of({long_one})).at(0)["results"][0];
  EXPECT_FALSE(result["properties"].contains("fix"));
  EXPECT_LE(result["message"].get<std::string>().size(), 1'024u);
  EXPECT_EQ(result["message"].get<std::string>().find('\x1b'), std::string::npos);
}

std::vector<Finding> many(std::size_t count) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < count; ++i) findings.push_back(finding("MT0101", "shop", std::to_string(10'000 + i)));
  return findings;
}

TEST(Reports, AreSplitByNumberAndCountTheRest) {
  const auto reports = reports_of(tally_of(many(25)), {.max_results = 10, .max_shards = 2});
  EXPECT_EQ(titles(reports), (std::vector<std::string>{"Report shop/meshtrace-mt01", "Report shop/meshtrace-mt01-2"}));
  const json& last = reports[1];
  EXPECT_EQ(last["metadata"]["annotations"][kOmittedAnnotation], "5");
  EXPECT_EQ(last["summary"]["skip"], 1);
  EXPECT_EQ(last["results"].back()["result"], "skip");
  EXPECT_EQ(
      last["results"].back()["message"],
      "5 more findings of this group are not listed here; kubectl meshtrace audit -n shop --include MT01 shows all.");
}

TEST(Reports, CountWhatWasNeverKept) {
  Tally tally = tally_of(many(1));
  tally.omitted[{"shop", "01"}] = 7;
  tally.omitted[{"shop", "05"}] = 3;  // of which nothing was kept at all
  const auto reports = reports_of(tally);
  ASSERT_EQ(titles(reports), (std::vector<std::string>{"Report shop/meshtrace-mt01", "Report shop/meshtrace-mt05"}));
  EXPECT_EQ(reports[0]["metadata"]["annotations"][kOmittedAnnotation], "7");
  EXPECT_EQ(reports[1]["metadata"]["annotations"][kOmittedAnnotation], "3");
}

TEST(Reports, StayBelowTheirBytesWhateverTheFindingsSay) {
  std::vector<Finding> findings = many(400);
  for (Finding& one : findings) one.message = std::string(900, '"');  // twice that in JSON
  const ReportLimits limits{.max_bytes = 100'000, .max_shards = 100};
  std::size_t results = 0;
  for (const json& report : reports_of(tally_of(findings), limits)) {
    EXPECT_LE(report.dump().size(), limits.max_bytes) << title(report);
    results += report["results"].size();
  }
  EXPECT_EQ(results, findings.size());
}

TEST(Reports, AreTheSameForTheSameFindingsAndKeepTheirTimes) {
  FirstSeen first_seen;
  const Tally tally = tally_of(many(3));
  const auto first = make_reports(tally, first_seen, kMonday);
  EXPECT_EQ(make_reports(tally, first_seen, kTuesday), first);
}

TEST(Reports, GiveANewResultItsOwnTimeAndLeaveTheOthers) {
  FirstSeen first_seen;
  make_reports(tally_of(many(2)), first_seen, kMonday);
  const json report = make_reports(tally_of(many(3)), first_seen, kTuesday).at(0);
  std::vector<std::int64_t> times;
  for (const json& result : report["results"]) times.push_back(result["timestamp"]["seconds"]);
  EXPECT_EQ(times, (std::vector<std::int64_t>{kMonday, kMonday, kTuesday}));
}

TEST(Reports, KeepTimesThatAnotherProcessHadGiven) {
  FirstSeen before;
  const auto stored = make_reports(tally_of(many(2)), before, kMonday);
  FirstSeen after;
  for (const json& report : stored) after.learn(report);
  EXPECT_EQ(make_reports(tally_of(many(2)), after, kTuesday), stored);
}

TEST(Reports, HaveAnotherContentOnlyWhereTheySaySomethingElse) {
  const auto content = [](const Tally& tally, std::int64_t now) {
    FirstSeen first_seen;
    return make_reports(tally, first_seen, now).at(0)["metadata"]["annotations"][kContentAnnotation];
  };
  EXPECT_EQ(content(tally_of(many(2)), kMonday), content(tally_of(many(2)), kTuesday));
  EXPECT_NE(content(tally_of(many(2)), kMonday), content(tally_of(many(3)), kMonday));
}

TEST(FirstSeen, LearnsNothingFromWhatIsNoReport) {
  FirstSeen first_seen;
  for (const json& odd : {json(), json({{"results", 1}}), json({{"results", {1, json::object()}}}),
                          json({{"results", {{{"timestamp", {{"seconds", "x"}}}}}}})}) {
    first_seen.learn(odd);
  }
  EXPECT_EQ(make_reports(tally_of(many(1)), first_seen, kTuesday).at(0)["results"][0]["timestamp"]["seconds"],
            kTuesday);
}

}  // namespace
}  // namespace meshtrace::audit
