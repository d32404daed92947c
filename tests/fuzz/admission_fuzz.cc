// A request's body, as the API server or anybody else in the cluster may send it: /mutate and /validate answer with an
// AdmissionReview or refuse with 400, whatever it is; a patch can be applied, and its result is left alone.
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/policy/decode.h"
#include "kube/base64.h"
#include "kube/json.h"
#include "net/process/log.h"
#include "net/server/http.h"
#include "tests/fuzz/require.h"
#include "tests/support/json_patch.h"
#include "webhook/endpoints.h"

namespace meshtrace::fuzz {
namespace {

using nlohmann::json;

json policy_object(const std::string& ns, json spec) {
  return {{"apiVersion", policy::kApiVersion},
          {"kind", policy::kKind},
          {"metadata", {{"name", "p"}, {"namespace", ns}}},
          {"spec", std::move(spec)}};
}

std::shared_ptr<const policy::Index> index_of_policies() {
  const json everything = {
      {"sampling", {{"owner", "SDK"}, {"percentage", 12.5}}},
      {"workload",
       {{"containers", {{"include", {"*"}}, {"exclude", {"log*"}}}},
        {"serviceName", {{"from", "Auto"}, {"useWellKnownLabels", true}}},
        {"resourceAttributes", {{"team", "p\xC3\xA4y, $(A) =;%"}, {"service.version", "1"}}},
        {"propagators", {"b3", "tracecontext"}},
        {"batchSpanProcessor", {{"maxQueueSize", "Auto"}, {"maxExportBatchSize", 512}, {"exportTimeout", "30s"}}},
        {"exporter", {{"endpoint", "http://$(K8S_NODE_IP):4317"}, {"protocol", "grpc"}}},
        {"sdkDisabled", false}}}};
  std::vector<policy::TracingPolicy> policies;
  for (const json& object :
       {policy_object("istio-system", {{"workload", {{"podIdentity", false}}}}), policy_object("a", everything)}) {
    policy::Decoded decoded = policy::decode(object, {});
    require(decoded.policy.has_value(), "the target's own policies are valid",
            decoded.errors.empty() ? "" : decoded.errors[0].path + ": " + decoded.errors[0].message);
    policies.push_back(std::move(*decoded.policy));
  }
  return std::make_shared<const policy::Index>(std::move(policies), policy::kDefaultRootNamespace);
}

struct Webhook {
  webhook::PolicyStore store{policy::kDefaultRootNamespace};
  webhook::Health health{store};
  webhook::Metrics metrics;
  webhook::Endpoints endpoints{store, health, metrics, policy::kDefaultRootNamespace,
                               [] { return net::ServerStats{}; }};

  Webhook() {
    webhook::log::init(webhook::log::Level::kError);
    store.publish(index_of_policies(), 0);
  }

  net::Response post(std::string_view path, const std::string& text) const {
    // Exactly the padding that is promised, so that a read past it is seen.
    const auto bytes = std::make_unique<char[]>(text.size() + net::kBodyPadding);
    std::copy(text.begin(), text.end(), bytes.get());
    net::Request request;
    request.method = "POST";
    request.path = path;
    request.content_type = "application/json";
    request.body = {bytes.get(), text.size()};
    return endpoints.handle(request);
  }
};

// The reply's response, or null for a refusal.
json response_of(const net::Response& reply) {
  if (reply.status == 400) {
    require(!reply.body.empty(), "a refusal says why");
    return nullptr;
  }
  require(reply.status == 200, "the status is 200 or 400", std::to_string(reply.status));
  const json review = json::parse(reply.body, nullptr, false);
  require(!review.is_discarded(), "a reply is JSON", reply.body);
  const json& response = review.at("response");
  require(!response.at("uid").get_ref<const std::string&>().empty(), "a reply has a uid", reply.body);
  return response;
}

// The review with its patch applied; null when there is none.
json patched(const json& review, const json& response) {
  require(response.at("allowed").get<bool>(), "no pod is refused", response.dump());
  if (!response.contains("patch")) return nullptr;
  require(response.at("patchType") == "JSONPatch", "a patch names its type");
  const auto text = kube::base64_decode(response.at("patch").get_ref<const std::string&>());
  require(text.has_value(), "a patch is base64");
  const json patch = json::parse(*text, nullptr, false);
  require(patch.is_array() && !patch.empty(), "a patch is a JSON list that does something", *text);
  json changed = review;
  try {
    changed["request"]["object"] = test::apply_patch(review.at("request").at("object"), patch);
  } catch (const std::exception& error) {
    require(false, "a patch applies to the object it was made for",
            error.what() + ("\n" + *text) + "\n" + review.dump());
  }
  return changed;
}

void check(const Webhook& webhook, const std::string& body) {
  response_of(webhook.post("/validate", body));
  response_of(webhook.post("/mutate", body));
  // Once more without duplicate keys, of which parsers take different ones: what a patch does is then one thing.
  const auto parsed = kube::parse_json("body", body);
  if (!parsed) return;
  const json response = response_of(webhook.post("/mutate", parsed->dump()));
  if (response.is_null()) return;
  const json once = patched(*parsed, response);
  if (once.is_null()) return;
  const json again = response_of(webhook.post("/mutate", once.dump()));
  require(!again.is_null() && !again.contains("patch"), "mutating the result gives no patch",
          once.dump() + "\n" + again.dump());
}

}  // namespace
}  // namespace meshtrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const meshtrace::fuzz::Webhook webhook;
  meshtrace::fuzz::check(webhook, std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
