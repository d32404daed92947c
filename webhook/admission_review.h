// An AdmissionReview (admission.k8s.io/v1) as the API server sends it, and the answer to it. Bytes to values and back:
// what to answer is decided elsewhere.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::webhook {

// Views into the body that was parsed and into its parser: valid until either is used again.
struct AdmissionReview {
  std::string_view uid;
  std::string_view operation;  // CREATE, UPDATE, DELETE, CONNECT
  std::string_view group;      // of the resource; empty for the core group
  std::string_view resource;   // plural: pods, tracingpolicies
  std::string_view subresource;
  std::string_view ns;  // empty for resources of the cluster
  bool dry_run = false;
  simdjson::dom::element object;  // null for DELETE
};

// Reuses its memory; not for use by two threads at once.
class AdmissionReviewParser {
 public:
  // `body` has kBodyPadding readable bytes after its end (net/server/http.h). The error says what would be right.
  Result<AdmissionReview> parse(std::string_view body);

 private:
  simdjson::dom::parser parser_;
};

struct AdmissionReply {
  bool allowed = true;
  std::string_view patch;             // a JSON patch; empty: none
  std::vector<std::string> warnings;  // shown to whoever makes the request; cut to what an API server passes on
  int code = 0;                       // with allowed false: the HTTP status of the user's request
  std::string_view reason;            // with allowed false: a metav1.StatusReason
  std::string_view message;           // with allowed false
};

std::string to_json(const AdmissionReply& reply, std::string_view uid);

// The string at object[key], or an empty one: for fields whose absence is their empty value.
std::string_view string_at(simdjson::dom::element object, std::string_view key);

}  // namespace meshtrace::webhook
