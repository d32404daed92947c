// Ways in that are no gateway: Ingresses, each as its controller, and Services that are open to the outside.
// Sources: Kubernetes, "Ingress" and "Service"; Istio, pilot/pkg/config/kube/ingress.
#include <fmt/format.h>

#include <string>

#include "core/audit/ingress_class.h"
#include "core/audit/path_builder.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kIstioIngressLabel = "istio";
constexpr const char* kIstioIngressGateway = "ingressgateway";

// A backend names its port by number or by name.
int port_in(const Object& service, const json& backend) {
  const int number = port_number(backend, {"service", "port", "number"});
  if (number != 0) return number;
  const std::string name = string_member(backend, {"service", "port", "name"});
  for (const json& port : array_member(service.spec(), {"ports"})) {
    if (string_member(port, {"name"}) == name) return port_number(port, {"port"});
  }
  return 0;
}

class IngressReader {
 public:
  IngressReader(PathBuilder& builder, const Object& ingress) : builder_(builder), ingress_(ingress), id_(add_node()) {}

  void read() {
    builder_.add({.from = builder_.add_outside(),
                  .to = id_,
                  .protocol = Protocol::kHttp,
                  .by = &ingress_,
                  .field = "spec.rules"});
    backend(object_member(ingress_.spec(), {"defaultBackend"}), "spec.defaultBackend");
    const json& rules = array_member(ingress_.spec(), {"rules"});
    for (std::size_t rule = 0; rule < rules.size(); ++rule) {
      const json& paths = array_member(rules[rule], {"http", "paths"});
      for (std::size_t path = 0; path < paths.size(); ++path) {
        backend(object_member(paths[path], {"backend"}),
                fmt::format("spec.rules[{}].http.paths[{}].backend", rule, path));
      }
    }
  }

 private:
  std::string add_node() {
    PathNode node;
    node.title = ingress_.ref.ns + "/" + ingress_.ref.name;
    node.id = "ingress:" + node.title;
    node.ns = ingress_.ref.ns;
    node.object = &ingress_;
    node.kind = PathNode::Kind::kIngressController;
    if (controller_of(builder_.snapshot(), ingress_) != IngressController::kIstio) return builder_.add(std::move(node));
    node.kind = PathNode::Kind::kGateway;
    node.mesh = MeshMode::kSidecar;
    return builder_.add_gateway(std::move(node), {{kIstioIngressLabel, kIstioIngressGateway}});
  }

  void backend(const json& stated, const std::string& field) {
    const Object* service =
        builder_.snapshot().find(Kind::kService, ingress_.ref.ns, string_member(stated, {"service", "name"}));
    if (service == nullptr) return;
    builder_.lead(id_, *service, port_in(*service, stated), {.by = &ingress_, .field = field});
  }

  PathBuilder& builder_;
  const Object& ingress_;
  std::string id_;
};

}  // namespace

void add_ingresses(PathBuilder& builder) {
  for (const ObjectPointer& ingress : builder.snapshot().all(Kind::kIngress)) IngressReader(builder, *ingress).read();
}

void add_open_services(PathBuilder& builder) {
  for (const ObjectPointer& service : builder.snapshot().all(Kind::kService)) {
    const std::string type = string_member(service->spec(), {"type"});
    if (type != "LoadBalancer" && type != "NodePort") continue;
    for (const json& port : array_member(service->spec(), {"ports"})) {
      builder.lead(builder.add_outside(), *service, port_number(port, {"port"}),
                   {.by = service.get(), .field = "spec.type"});
    }
  }
}

}  // namespace meshtrace::audit
