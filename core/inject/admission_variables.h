// The parts of a MutatingAdmissionPolicy that hold for a whole pod, as CEL: which containers are meant, who made the
// pod, what its annotations say. They do not read `env`, because a policy's variables are evaluated once, while its
// mutations see one another's result.
#pragma once

#include <nlohmann/json.hpp>

#include "core/policy/effective.h"

namespace meshtrace::inject {

// spec.variables: a list of {name, expression}.
//   annotations, labels  maps, empty where the pod has none
//   keep                 names of variables that the annotation meshtrace.io/keep-env leaves alone
//   paths, selected      of each container, then of each init container: its JSON pointer; whether it is injected
//   kind, owner          of the controller; empty without
//   deployment, cronjob  that stand behind a ReplicaSet or a Job; empty without
//   attributes           what the annotations resource.opentelemetry.io/… say, encoded, by attribute
//   service              service.name; empty where it is the pod's own name
nlohmann::json admission_variables(const policy::InjectionSettings& settings);

}  // namespace meshtrace::inject
