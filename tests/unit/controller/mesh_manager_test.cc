// Who manages the mesh's ConfigMap: metadata as the installers really leave it.
#include "controller/mesh_manager.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::controller {
namespace {

using mesh::MeshManager;
using nlohmann::json;

json manager_of_mesh(const std::string& name, const json& fields = {{"f:data", {{"f:mesh", json::object()}}}}) {
  return {{"manager", name}, {"operation", "Apply"}, {"fieldsType", "FieldsV1"}, {"fieldsV1", fields}};
}

// What the chart of istiod puts on everything, whoever renders it.
const json kChartLabels = {
    {"app.kubernetes.io/managed-by", "Helm"}, {"app.kubernetes.io/part-of", "istio"}, {"release", "istio"}};

struct Case {
  std::string what;
  json metadata;
  MeshManagement expected;
};

const std::vector<Case> kCases{
    {"nothing is known of it", json::object(), {}},
    {"helm template | kubectl apply leaves the chart's labels",
     {{"labels", kChartLabels}, {"managedFields", {manager_of_mesh("kubectl")}}},
     {}},
    {"helm 4: annotation and field manager",
     {{"labels", kChartLabels},
      {"annotations", {{"meta.helm.sh/release-name", "istiod"}, {"meta.helm.sh/release-namespace", "istio-system"}}},
      {"managedFields", {manager_of_mesh("helm")}}},
     {MeshManager::kHelm, "Helm release istiod"}},
    {"helm, after somebody else wrote the text",
     {{"annotations", {{"meta.helm.sh/release-name", "istiod"}}}, {"managedFields", {manager_of_mesh("kubectl-edit")}}},
     {MeshManager::kHelm, "Helm release istiod"}},
    {"helm's field manager alone", {{"managedFields", {manager_of_mesh("helm")}}}, {MeshManager::kHelm, "Helm"}},
    {"helm owns labels, but not the text",
     {{"managedFields", {manager_of_mesh("helm", {{"f:metadata", {{"f:labels", json::object()}}}})}}},
     {}},
    {"istioctl renders the same charts",
     {{"labels", {{"app.kubernetes.io/managed-by", "Helm"}, {"install.operator.istio.io/owning-resource", "unknown"}}}},
     {MeshManager::kIstioctl, "istioctl"}},
    {"istioctl by its older label",
     {{"labels", {{"operator.istio.io/managed", "Reconcile"}}}},
     {MeshManager::kIstioctl, "istioctl"}},
    {"istioctl's field manager",
     {{"managedFields", {manager_of_mesh("istio-operator")}}},
     {MeshManager::kIstioctl, "istioctl"}},
    {"Sail installs with Helm's library",
     {{"annotations", {{"meta.helm.sh/release-name", "default-istiod"}}},
      {"ownerReferences",
       {{{"apiVersion", "sailoperator.io/v1"}, {"kind", "IstioRevision"}, {"name", "default"}, {"uid", "1"}}}}},
     {MeshManager::kSail, "IstioRevision default"}},
    {"an owner of another group with Sail's kind",
     {{"ownerReferences", {{{"apiVersion", "example.com/v1"}, {"kind", "Istio"}, {"name", "default"}, {"uid", "1"}}}}},
     {}},
    {"metadata of odd shapes",
     {{"labels", "none"}, {"annotations", 1}, {"ownerReferences", {1, "x"}}, {"managedFields", {1, {{"fieldsV1", 2}}}}},
     {}},
};

TEST(FindMeshManager, TellsWhoManagesTheTextFromWhatIsLeftOnTheConfigMap) {
  for (const Case& one : kCases) {
    const MeshManagement found = find_mesh_manager({{"metadata", one.metadata}});
    EXPECT_EQ(found, one.expected) << one.what << ": " << found.managed_by;
  }
}

TEST(FindMeshManager, KeepsANameOnOneLine) {
  const MeshManagement found =
      find_mesh_manager({{"metadata", {{"annotations", {{"meta.helm.sh/release-name", "a\nb"}}}}}});
  EXPECT_EQ(found.managed_by.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace meshtrace::controller
