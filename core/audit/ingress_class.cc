#include "core/audit/ingress_class.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

constexpr const char* kClassAnnotation = "kubernetes.io/ingress.class";
constexpr const char* kDefaultClass = "ingressclass.kubernetes.io/is-default-class";
constexpr std::string_view kNginxAnnotations = "nginx.ingress.kubernetes.io/";
constexpr std::string_view kAlbAnnotations = "alb.ingress.kubernetes.io/";

struct Known {
  std::string_view class_name;
  std::string_view controller;
  IngressController is;
};
constexpr std::array<Known, 3> kKnown{{
    {"nginx", "k8s.io/ingress-nginx", IngressController::kIngressNginx},
    {"alb", "ingress.k8s.aws/alb", IngressController::kAlb},
    {"istio", "istio.io/ingress-controller", IngressController::kIstio},
}};

template <class Matches>
IngressController find_known(Matches matches) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), matches);
  return found == kKnown.end() ? IngressController::kUnknown : found->is;
}

IngressController of_class(const Object& ingress_class) {
  const std::string controller = string_member(ingress_class.spec(), {"controller"});
  return find_known([&](const Known& known) { return known.controller == controller; });
}

// Annotations that only one controller reads.
IngressController by_annotations(const Object& ingress) {
  for (const auto& [key, value] : ingress.annotations().items()) {
    if (key.starts_with(kNginxAnnotations)) return IngressController::kIngressNginx;
    if (key.starts_with(kAlbAnnotations)) return IngressController::kAlb;
  }
  return IngressController::kUnknown;
}

}  // namespace

IngressController controller_of(const Snapshot& snapshot, const Object& ingress) {
  std::string name = string_member(ingress.spec(), {"ingressClassName"});
  if (name.empty()) name = ingress.annotation(kClassAnnotation);
  if (!name.empty()) {
    if (const Object* ingress_class = snapshot.find(Kind::kIngressClass, "", name)) return of_class(*ingress_class);
    return find_known([&](const Known& known) { return known.class_name == name; });
  }
  for (const ObjectPointer& ingress_class : snapshot.all(Kind::kIngressClass)) {
    if (ingress_class->annotation(kDefaultClass) == "true") return of_class(*ingress_class);
  }
  return by_annotations(ingress);
}

}  // namespace meshtrace::audit
