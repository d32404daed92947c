#include "webhook/admission_review.h"

#include <algorithm>

#include "core/inject/json_text.h"
#include "kube/base64.h"
#include "net/process/utf8.h"
#include "net/server/http.h"

namespace meshtrace::webhook {
namespace {

static_assert(net::kBodyPadding >= simdjson::SIMDJSON_PADDING, "simdjson reads past the end of its input");

constexpr std::string_view kApiVersion = "admission.k8s.io/v1";
constexpr std::string_view kKind = "AdmissionReview";
constexpr std::size_t kMaxDepth = 200;             // of nesting; Kubernetes objects stay below 30
constexpr std::size_t kKeptCapacity = 256u << 10;  // bytes of JSON for which a parser keeps its memory
constexpr std::size_t kMaxSeparators = 1'000'000;  // of values in a larger text: a value takes 16 bytes once parsed
constexpr std::size_t kMaxWarnings = 16;
constexpr std::size_t kMaxWarningBytes = 256;        // API servers cut longer ones, and all together at 4,096
constexpr std::size_t kMaxQuotedBytes = 64;          // of a wrong value, in an error
constexpr std::size_t kMaxMessageBytes = 32u << 10;  // of a denial

std::string quoted(std::string_view value) { return "\"" + std::string(truncate_utf8(value, kMaxQuotedBytes)) + "\""; }

std::string_view nested_string(simdjson::dom::element object, std::string_view outer, std::string_view inner) {
  simdjson::dom::element value;
  return object[outer].get(value) == simdjson::SUCCESS ? string_at(value, inner) : std::string_view();
}

// Whether parsing would take many times the text's size: a text of "[0,0,0,…" does. Counted in strings too, roughly.
bool has_too_many_values(std::string_view body) {
  if (body.size() <= kKeptCapacity) return false;
  const auto separates = [](char c) { return c == ',' || c == '[' || c == '{'; };
  return static_cast<std::size_t>(std::count_if(body.begin(), body.end(), separates)) > kMaxSeparators;
}

std::string json_problem(simdjson::error_code error) {
  if (error == simdjson::DEPTH_ERROR) {
    return "the body is nested deeper than " + std::to_string(kMaxDepth) + " levels: no Kubernetes object is";
  }
  return "the body is not a JSON text: " + std::string(simdjson::error_message(error));
}

}  // namespace

std::string_view string_at(simdjson::dom::element object, std::string_view key) {
  std::string_view value;
  return object[key].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

Result<AdmissionReview> AdmissionReviewParser::parse(std::string_view body) {
  if (parser_.capacity() == 0 || parser_.capacity() > kKeptCapacity) {
    parser_ = simdjson::dom::parser();
    if (const auto error = parser_.allocate(kKeptCapacity, kMaxDepth)) return fail("", json_problem(error));
  }
  if (has_too_many_values(body)) return fail("", "the body has more values than any Kubernetes object");
  simdjson::dom::element root;
  if (const auto error = parser_.parse(body.data(), body.size(), false).get(root)) {
    return fail("", json_problem(error));
  }
  if (!root.is_object()) return fail("", "the body must be an object of kind AdmissionReview");
  if (const auto kind = string_at(root, "kind"); kind != kKind) {
    return fail("kind", quoted(kind) + " is not what this webhook answers: it must be \"AdmissionReview\"");
  }
  if (const auto version = string_at(root, "apiVersion"); version != kApiVersion) {
    return fail("apiVersion",
                quoted(version) +
                    " is not what this webhook answers: it must be \"admission.k8s.io/v1\"; list v1 alone "
                    "in the webhook configuration's admissionReviewVersions");
  }
  simdjson::dom::element request;
  if (root["request"].get(request) != simdjson::SUCCESS || !request.is_object()) {
    return fail("request", "is missing: an AdmissionReview that asks for an answer has one");
  }
  AdmissionReview review;
  review.uid = string_at(request, "uid");
  if (review.uid.empty()) return fail("request.uid", "is missing or empty: the answer must repeat it");
  review.operation = string_at(request, "operation");
  if (review.operation.empty())
    return fail("request.operation", "is missing: it must be CREATE, UPDATE, DELETE or CONNECT");
  review.group = nested_string(request, "resource", "group");
  review.resource = nested_string(request, "resource", "resource");
  if (review.resource.empty()) return fail("request.resource", "is missing: it must name the resource, such as pods");
  review.subresource = string_at(request, "subResource");
  review.ns = string_at(request, "namespace");
  bool dry_run = false;
  review.dry_run = request["dryRun"].get(dry_run) == simdjson::SUCCESS && dry_run;
  if (request["object"].get(review.object) != simdjson::SUCCESS) {
    if (review.operation != "DELETE")
      return fail("request.object", "is missing: " + std::string(review.operation) + " has one");
  }
  return review;
}

std::string to_json(const AdmissionReply& reply, std::string_view uid) {
  using inject::append_json_string;
  std::string out;
  out.reserve(256 + reply.patch.size() * 4 / 3 + reply.message.size() + reply.warnings.size() * kMaxWarningBytes);
  out.append(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":)");
  append_json_string(out, uid);
  out.append(reply.allowed ? R"(,"allowed":true)" : R"(,"allowed":false)");
  if (!reply.allowed) {
    out.append(R"(,"status":{"status":"Failure","code":)").append(std::to_string(reply.code)).append(R"(,"reason":)");
    append_json_string(out, reply.reason);
    out.append(R"(,"message":)");
    append_json_string(out, truncate_utf8(reply.message, kMaxMessageBytes));
    out.push_back('}');
  }
  if (!reply.patch.empty()) {
    out.append(R"(,"patchType":"JSONPatch","patch":")").append(kube::base64_encode(reply.patch)).push_back('"');
  }
  const std::size_t count = std::min(reply.warnings.size(), kMaxWarnings);
  for (std::size_t i = 0; i < count; ++i) {
    out.append(i == 0 ? R"(,"warnings":[)" : ",");
    append_json_string(out, truncate_utf8(reply.warnings[i], kMaxWarningBytes));
  }
  if (count > 0) out.push_back(']');
  out.append("}}");
  return out;
}

}  // namespace meshtrace::webhook
