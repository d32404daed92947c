// Reports written to an API server of a few lines: what differs, and nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "controller/audit/report_writer.h"
#include "core/base/json.h"
#include "kube/json.h"

namespace meshtrace::auditing {
namespace {

using nlohmann::json;

class FakeReports {
 public:
  std::map<std::string, json> stored;  // by path
  std::vector<std::string> writes;     // "PATCH …/meshtrace-mt01"
  std::map<std::string, int> refused;  // status by path, of writes
  bool leading = true;

  Send send() {
    return [this](const kube::Request& request) -> Result<kube::Reply> {
      if (request.method == "GET") return list(request.path);
      writes.push_back(request.method + " " + request.path);
      if (refused.contains(request.path)) return kube::Reply{refused.at(request.path), "", {}};
      if (request.method == "DELETE") {
        stored.erase(request.path);
        return kube::Reply{200, "{}", {}};
      }
      json object = *kube::parse_json("", request.body);
      object["metadata"]["generation"] = ++generation_;
      object["metadata"]["uid"] = "uid";
      stored[request.path] = object;
      return kube::Reply{200, object.dump(), {}};
    };
  }
  // By hand: whoever may edit a report.
  void tamper(const std::string& path) { stored[path]["metadata"]["generation"] = ++generation_; }

  Result<void> write(ReportWriter& writer, const std::vector<json>& wanted) {
    writes.clear();
    return writer.write({}, wanted);
  }
  ReportWriter writer() {
    return {send(), [this] { return leading; }};
  }

 private:
  kube::Reply list(const std::string& path) const {
    json items = json::array();
    const std::string plural = path.substr(path.rfind('/'));
    for (const auto& [at, object] : stored) {
      if (at.find(plural + "/") != std::string::npos) items.push_back(object);
    }
    return {200, json({{"metadata", json::object()}, {"items", items}}).dump(), {}};
  }
  int generation_ = 0;
};

const std::string kFirst = "/apis/openreports.io/v1alpha1/namespaces/shop/reports/meshtrace-mt01";
const std::string kSecond = "/apis/openreports.io/v1alpha1/namespaces/shop/reports/meshtrace-mt02";
const std::string kWide = "/apis/openreports.io/v1alpha1/clusterreports/meshtrace-mt02";

json report(const std::string& name, const std::string& content, const std::string& ns = "shop") {
  json result = {{"apiVersion", "openreports.io/v1alpha1"},
                 {"kind", ns.empty() ? "ClusterReport" : "Report"},
                 {"metadata", {{"name", name}, {"annotations", {{audit::kContentAnnotation, content}}}}}};
  if (!ns.empty()) result["metadata"]["namespace"] = ns;
  return result;
}

using Writes = std::vector<std::string>;

TEST(ReportWriter, WritesWhatIsNotThereAndThenNothing) {
  FakeReports server;
  ReportWriter writer = server.writer();
  const std::vector<json> wanted{report("meshtrace-mt02", "w", ""), report("meshtrace-mt01", "a")};
  ASSERT_TRUE(server.write(writer, wanted));
  EXPECT_EQ(server.writes, (Writes{"PATCH " + kWide, "PATCH " + kFirst}));
  ASSERT_TRUE(server.write(writer, wanted));
  EXPECT_EQ(server.writes, Writes{});
  // Nor does a process that comes afterwards.
  ReportWriter next = server.writer();
  ASSERT_TRUE(server.write(next, wanted));
  EXPECT_EQ(server.writes, Writes{});
}

TEST(ReportWriter, WritesWhatSaysSomethingElseAndDeletesWhatIsStale) {
  FakeReports server;
  ReportWriter writer = server.writer();
  ASSERT_TRUE(server.write(writer, {report("meshtrace-mt01", "a"), report("meshtrace-mt02", "b")}));
  ASSERT_TRUE(server.write(writer, {report("meshtrace-mt01", "other")}));
  EXPECT_EQ(server.writes, (Writes{"PATCH " + kFirst, "DELETE " + kSecond}));
}

TEST(ReportWriter, PutsBackWhatSomebodyElseEditedOrDeleted) {
  FakeReports server;
  ReportWriter writer = server.writer();
  const std::vector<json> wanted{report("meshtrace-mt01", "a"), report("meshtrace-mt02", "b")};
  ASSERT_TRUE(server.write(writer, wanted));
  server.tamper(kFirst);
  server.stored.erase(kSecond);
  ASSERT_TRUE(server.write(writer, wanted));
  EXPECT_EQ(server.writes, (Writes{"PATCH " + kFirst, "PATCH " + kSecond}));
}

TEST(ReportWriter, WritesTheRestWhereOneIsRefusedAndSaysWhy) {
  FakeReports server;
  ReportWriter writer = server.writer();
  server.refused[kFirst] = 403;
  const auto done = server.write(writer, {report("meshtrace-mt01", "a"), report("meshtrace-mt02", "b")});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message().find("shop/meshtrace-mt01"), std::string::npos) << done.error().message();
  EXPECT_TRUE(server.stored.contains(kSecond));
}

TEST(ReportWriter, WritesNothingOnceItDoesNotLead) {
  FakeReports server;
  ReportWriter writer = server.writer();
  server.leading = false;
  ASSERT_TRUE(server.write(writer, {report("meshtrace-mt01", "a")}));
  EXPECT_EQ(server.writes, Writes{});
}

}  // namespace
}  // namespace meshtrace::auditing
