// /validate: the answer to an AdmissionReview of a TracingPolicy, for what the CRD's schema and CEL cannot say.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::webhook {

struct Validation {
  std::string uid;
  std::string ns;
  std::string name;
  std::vector<std::string> errors;  // none: allowed. Each as kubectl shows a field's error: "spec.mode: …"
  std::vector<std::string> warnings;
};

// The error, for a body that is no AdmissionReview (admission.k8s.io/v1), says what would be right. Anything but the
// creation or update of a TracingPolicy is allowed.
Result<Validation> validate(std::string_view body, const std::string& root_namespace);

// The denial's message, in the words of kubectl: TracingPolicy.meshtrace.io "NAME" is invalid: …
std::string denial_message(const Validation& validation);

}  // namespace meshtrace::webhook
