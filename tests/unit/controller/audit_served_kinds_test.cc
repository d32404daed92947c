// What the API server serves of the kinds that checks read.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "controller/audit/served_kinds.h"

namespace meshtrace::auditing {
namespace {

using audit::Kind;
using nlohmann::json;

// An API server's discovery, of groups that are given as "group/version": {plurals}.
class FakeDiscovery {
 public:
  std::map<std::string, std::vector<std::string>> resources;
  std::vector<std::string> asked;
  std::string down;  // a path that is answered 500

  Send send() {
    return [this](const kube::Request& request) -> Result<kube::Reply> {
      asked.push_back(request.path);
      if (request.path == down) return kube::Reply{500, "", {}};
      if (request.path == "/apis") return kube::Reply{200, groups().dump(), {}};
      const auto found = resources.find(request.path.substr(request.path.find('/', 1) + 1));
      if (found == resources.end()) return kube::Reply{404, "", {}};
      json list = {{"resources", json::array()}};
      for (const std::string& plural : found->second) list["resources"].push_back({{"name", plural}});
      return kube::Reply{200, list.dump(), {}};
    };
  }

 private:
  [[nodiscard]] json groups() const {
    json all = json::array();
    for (const auto& [name, plurals] : resources) {
      if (name.find('/') != std::string::npos) all.push_back({{"versions", {{{"groupVersion", name}}}}});
    }
    return {{"groups", all}};
  }
};

TEST(ServedKinds, AreThoseOfTheGroupsThatAreInstalledAtTheNewestVersion) {
  FakeDiscovery server;
  server.resources = {{"v1", {"services", "pods"}},
                      {"networking.istio.io/v1", {"virtualservices"}},
                      {"networking.istio.io/v1beta1", {"virtualservices", "gateways"}}};
  const auto served =
      ask_served(server.send(), {Kind::kService, Kind::kVirtualService, Kind::kGateway, Kind::kHttpRoute});
  ASSERT_TRUE(served);
  EXPECT_EQ(served->kinds, (std::map<Kind, std::string>{
                               {Kind::kService, "v1"}, {Kind::kVirtualService, "v1"}, {Kind::kGateway, "v1beta1"}}));
  EXPECT_FALSE(served->reports);
}

TEST(ServedKinds, TellReportsWhereBothOfTheirKindsAreServed) {
  FakeDiscovery server;
  server.resources = {{"openreports.io/v1alpha1", {"reports"}}};
  EXPECT_FALSE(ask_served(server.send(), {})->reports);
  server.resources["openreports.io/v1alpha1"].push_back("clusterreports");
  EXPECT_TRUE(ask_served(server.send(), {})->reports);
}

TEST(ServedKinds, AskForWhatIsInstalledAloneAndOnce) {
  FakeDiscovery server;
  server.resources["v1"] = {"services"};
  server.resources["other.example/v1"] = {"things"};
  const auto served = ask_served(server.send(), {Kind::kService, Kind::kNamespace, Kind::kVirtualService});
  ASSERT_TRUE(served) << served.error().message();
  EXPECT_EQ(server.asked, (std::vector<std::string>{"/apis", "/api/v1"}));
}

TEST(ServedKinds, AreUnknownWhileTheServerCannotSay) {
  FakeDiscovery server;
  server.resources = {{"v1", {"services"}}};
  for (const char* path : {"/apis", "/api/v1"}) {
    server.down = path;
    EXPECT_FALSE(ask_served(server.send(), {Kind::kService})) << path;
  }
}

}  // namespace
}  // namespace meshtrace::auditing
