#include "webhook/endpoints.h"

#include <strings.h>

#include <chrono>
#include <utility>

#include "net/process/log.h"
#include "webhook/admission_review.h"
#include "webhook/mutate.h"
#include "webhook/validate.h"

namespace meshtrace::webhook {
namespace {

using Clock = std::chrono::steady_clock;

// "application/json", whatever parameters follow; media types know no case.
bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (content_type.size() < kJson.size() || strncasecmp(content_type.data(), kJson.data(), kJson.size()) != 0) {
    return false;
  }
  content_type.remove_prefix(kJson.size());
  return content_type.empty() || content_type.front() == ';' || content_type.front() == ' ';
}

net::Response json_response(std::string body) {
  net::Response response;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

net::Response text_response(int status, std::string text) {
  net::Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

void log_mutation(const AdmissionReview& review, const Mutation& mutation) {
  const bool unreadable = mutation.skipped == SkipReason::kUnreadablePod;
  const log::Level level = unreadable ? log::Level::kWarn : mutation.skipped ? log::Level::kDebug : log::Level::kInfo;
  if (!log::enabled(level)) return;
  log::write(level, mutation.skipped ? "pod left as it is" : "pod injected",
             {{"uid", review.uid},
              {"namespace", review.ns},
              {"pod", pod_name(review)},
              {"reason", mutation.skipped ? name_of(*mutation.skipped) : "injected"},
              {"dryRun", review.dry_run ? "true" : "false"},
              {"warnings", mutation.warnings.size()},
              {"detail", unreadable ? std::string_view(mutation.warnings.front()) : ""}});
}

}  // namespace

const Endpoints::Route Endpoints::kRoutes[] = {
    {"/mutate", Endpoint::kMutate, Route::Kind::kAdmission, &Endpoints::mutate},
    {"/validate", Endpoint::kValidate, Route::Kind::kAdmission, &Endpoints::validate},
    {"/healthz", Endpoint::kHealthz, Route::Kind::kRead, &Endpoints::healthz},
    {"/readyz", Endpoint::kReadyz, Route::Kind::kRead, &Endpoints::readyz},
    {"/metrics", Endpoint::kMetrics, Route::Kind::kRead, &Endpoints::metrics},
};

Endpoints::Endpoints(const PolicyStore& policies, const Health& health, Metrics& metrics, std::string root_namespace,
                     std::function<net::ServerStats()> server_stats)
    : policies_(policies),
      health_(health),
      metrics_(metrics),
      root_namespace_(std::move(root_namespace)),
      server_stats_(std::move(server_stats)) {}

net::Response Endpoints::handle(const net::Request& request) const {
  for (const Route& route : kRoutes) {
    if (route.path != request.path) continue;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (route.kind == Route::Kind::kRead) {
      if (reads) return (this->*route.answer)(request);
    } else if (request.method == "POST") {
      if (is_json(request.content_type)) return (this->*route.answer)(request);
      return refuse(route.endpoint, 415, "the Content-Type must be application/json");
    }
    net::Response response = refuse(route.endpoint, 405, "this path does not have that method");
    response.allow = route.kind == Route::Kind::kRead ? "GET, HEAD" : "POST";
    return response;
  }
  return refuse(Endpoint::kOther, 404, "no such path: there are /mutate, /validate, /healthz, /readyz and /metrics");
}

net::Response Endpoints::mutate(const net::Request& request) const {
  const Clock::time_point start = Clock::now();
  if (!policies_.synced()) {
    // An answer without policies would let pods through that some policy covers; the API server counts this as failed.
    metrics_.count_request(Endpoint::kMutate, RequestResult::kUnavailable);
    return text_response(503, "the policies are not known yet\n");
  }
  thread_local AdmissionReviewParser parser;
  const Result<AdmissionReview> review = parser.parse(request.body);
  if (!review) return refuse_review(Endpoint::kMutate, request, review.error());

  const auto policies = policies_.index();
  const Mutation mutation = webhook::mutate(*review, *policies);
  if (mutation.skipped) {
    metrics_.count_skipped(*mutation.skipped);
  } else {
    metrics_.count_injected();
  }
  metrics_.count_warnings(mutation.warnings.size());
  metrics_.count_request(Endpoint::kMutate, mutation.patch.empty() ? RequestResult::kAllowed : RequestResult::kPatched);
  log_mutation(*review, mutation);
  AdmissionReply reply;
  reply.patch = mutation.patch;
  reply.warnings = mutation.warnings;
  net::Response response = json_response(to_json(reply, review->uid));
  metrics_.observe_admission(Endpoint::kMutate, Clock::now() - start);
  return response;
}

net::Response Endpoints::validate(const net::Request& request) const {
  const Clock::time_point start = Clock::now();
  const Result<Validation> validation = webhook::validate(request.body, root_namespace_);
  if (!validation) return refuse_review(Endpoint::kValidate, request, validation.error());
  AdmissionReply reply;
  std::string message;
  reply.allowed = validation->errors.empty();
  reply.warnings = validation->warnings;
  if (!reply.allowed) {
    message = denial_message(*validation);
    reply.code = 422;
    reply.reason = "Invalid";
    reply.message = message;
    log::info("policy denied", {{"uid", validation->uid},
                                {"namespace", validation->ns},
                                {"policy", validation->name},
                                {"errors", validation->errors.size()}});
  }
  metrics_.count_warnings(reply.warnings.size());
  metrics_.count_request(Endpoint::kValidate, reply.allowed ? RequestResult::kAllowed : RequestResult::kDenied);
  net::Response response = json_response(to_json(reply, validation->uid));
  metrics_.observe_admission(Endpoint::kValidate, Clock::now() - start);
  return response;
}

net::Response Endpoints::healthz(const net::Request&) const {
  metrics_.count_request(Endpoint::kHealthz, RequestResult::kOk);
  return text_response(200, "ok\n");
}

net::Response Endpoints::readyz(const net::Request&) const {
  const std::string problem = health_.not_ready();
  metrics_.count_request(Endpoint::kReadyz, problem.empty() ? RequestResult::kOk : RequestResult::kUnavailable);
  return problem.empty() ? text_response(200, "ok\n") : text_response(503, "not ready: " + problem + "\n");
}

net::Response Endpoints::metrics(const net::Request&) const {
  metrics_.count_request(Endpoint::kMetrics, RequestResult::kOk);
  net::Response response = text_response(200, metrics_.render(server_stats_(), policies_, health_.not_ready().empty()));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

net::Response Endpoints::refuse(Endpoint endpoint, int status, const std::string& why) const {
  metrics_.count_request(endpoint, RequestResult::kRefused);
  return text_response(status, why + "\n");
}

net::Response Endpoints::refuse_review(Endpoint endpoint, const net::Request& request, const Error& error) const {
  log::warn("review refused", {{"path", request.path}, {"peer", request.peer}, {"error", error.message()}});
  return refuse(endpoint, 400, error.message());
}

}  // namespace meshtrace::webhook
