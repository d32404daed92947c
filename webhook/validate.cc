#include "webhook/validate.h"

#include "core/policy/decode.h"
#include "kube/json.h"
#include "webhook/admission_review.h"

namespace meshtrace::webhook {
namespace {

void append(std::vector<std::string>& out, const std::vector<policy::FieldError>& findings) {
  for (const policy::FieldError& finding : findings) out.push_back(finding.path + ": " + finding.message);
}

}  // namespace

Result<Validation> validate(std::string_view body, const std::string& root_namespace) {
  thread_local AdmissionReviewParser parser;
  const Result<AdmissionReview> review = parser.parse(body);
  if (!review) return tl::make_unexpected(review.error());
  Validation result;
  result.uid = review->uid;
  result.ns = review->ns;
  const bool writes = review->operation == "CREATE" || review->operation == "UPDATE";
  const bool is_policy = review->group == "meshtrace.io" && review->resource == "tracingpolicies";
  if (!writes || !is_policy || !review->subresource.empty()) return result;

  // The decoder reads the JSON library that YAML becomes too. Policies are few: reading one twice costs nothing.
  const Result<nlohmann::json> document = kube::parse_json("body", body);
  if (!document) return tl::make_unexpected(document.error());
  static const nlohmann::json::json_pointer kObject("/request/object");
  if (!document->contains(kObject)) return fail("request.object", "is missing");
  const nlohmann::json& object = document->at(kObject);
  result.name = kube::metadata_string(object, "name");
  const policy::DecodeOptions options{.root_namespace = root_namespace,
                                      .default_namespace = result.ns,
                                      .unknown_fields = policy::DecodeOptions::UnknownFields::kWarn};
  const policy::Decoded decoded = policy::decode(object, options);
  append(result.errors, decoded.errors);
  append(result.warnings, decoded.warnings);
  return result;
}

std::string denial_message(const Validation& validation) {
  std::string message = "TracingPolicy.meshtrace.io \"" + validation.name + "\" is invalid: ";
  if (validation.errors.size() == 1) return message + validation.errors.front();
  message.push_back('[');
  for (const std::string& error : validation.errors) {
    if (&error != &validation.errors.front()) message.append(", ");
    message.append(error);
  }
  message.push_back(']');
  return message;
}

}  // namespace meshtrace::webhook
