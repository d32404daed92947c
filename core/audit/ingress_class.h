// Which controller serves an Ingress: by its class, its class's controller, or the annotation of before classes.
// Source: Kubernetes, "Ingress", sections "Ingress class" and "Deprecated annotation".
#pragma once

#include "core/audit/snapshot.h"

namespace meshtrace::audit {

enum class IngressController { kUnknown, kIngressNginx, kAlb, kIstio };

IngressController controller_of(const Snapshot& snapshot, const Object& ingress);

}  // namespace meshtrace::audit
