#include "controller/certificates/requests.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "controller/certificates/inspect.h"
#include "controller/certificates/issue.h"
#include "kube/base64.h"
#include "kube/object_request.h"
#include "kube/time.h"

namespace meshtrace::certificates {
namespace {

using nlohmann::json;
using std::chrono::sys_seconds;
using MaybeRequest = std::optional<kube::Request>;

template <class... Lambdas>
struct Overloaded : Lambdas... {
  using Lambdas::operator()...;
};

const kube::WriteOptions kWrite{.field_manager = kFieldManager};

json empty_secret(const Options& options, const std::string& name) {
  return {
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"type", "kubernetes.io/tls"},
      {"metadata",
       {{"name", name},
        {"namespace", options.ns},
        {"labels", {{"app.kubernetes.io/part-of", "meshtrace"}, {"app.kubernetes.io/managed-by", kFieldManager}}}}}};
}

// A create where there is none (another's in the meantime gives 409), else a replacement of the version that was read,
// which keeps what others put into it.
kube::Request write_secret(const std::optional<Secret>& present, const Options& options, json secret) {
  return present ? kube::replace_request(secrets(options), secret, kWrite)
                 : kube::create_request(secrets(options), secret, kWrite);
}

json begin_secret(const std::optional<Secret>& present, const Options& options, const std::string& name) {
  json secret = present ? present->object : empty_secret(options, name);
  if (!secret["data"].is_object()) secret["data"] = json::object();
  return secret;
}

void put_pair(json& secret, const KeyPair& pair) {
  secret["data"][kCertificateKey] = kube::base64_encode(pair.certificate.pem);
  secret["data"][kPrivateKeyKey] = kube::base64_encode(pair.key_pem);
}

Result<MaybeRequest> write_authority(const WriteAuthority& step, const State& state, const Options& options,
                                     sys_seconds now) {
  json secret = begin_secret(state.authority, options, options.authority_secret);
  if (step.issue) {
    const auto issued = issue_authority(now, options.authority_lifetime);
    if (!issued) return tl::make_unexpected(issued.error());
    put_pair(secret, *issued);
  }
  if (step.previous.empty()) {
    secret["data"].erase(kPreviousKey);
  } else {
    secret["data"][kPreviousKey] = kube::base64_encode(to_pem(step.previous));
  }
  return write_secret(state.authority, options, std::move(secret));
}

Result<MaybeRequest> write_leaf(const WriteLeaf& step, const State& state, const Options& options, sys_seconds now) {
  const auto& data = state.authority->data;
  const KeyPair authority{read_certificates(data.at(kCertificateKey)).certificates.front(), data.at(kPrivateKeyKey)};
  const auto issued = issue_leaf(authority, dns_names(options), now, options.leaf_lifetime);
  if (!issued) return tl::make_unexpected(issued.error());

  json secret = begin_secret(state.leaf, options, options.leaf_secret);
  put_pair(secret, *issued);
  secret["data"][kAuthorityKey] = kube::base64_encode(authority.certificate.pem);
  json& metadata = secret["metadata"];
  if (!metadata["annotations"].is_object()) metadata["annotations"] = json::object();
  if (step.previous_until) {
    metadata["annotations"][kPreviousUntilAnnotation] = kube::format_time(*step.previous_until);
  } else {
    metadata["annotations"].erase(kPreviousUntilAnnotation);
  }
  return write_secret(state.leaf, options, std::move(secret));
}

// The annotations as they were read, with ours set or removed.
json annotations_operation(const Configuration& configuration, const std::optional<std::string>& trusted_since) {
  json annotations = configuration.annotations;
  annotations.erase(kTrustedSinceAnnotation);
  if (trusted_since) annotations[kTrustedSinceAnnotation] = *trusted_since;
  return {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", annotations}};
}

// The version as a value to be kept: another one gives 409.
json same_version(const Configuration& configuration) {
  return {{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", configuration.resource_version}};
}

kube::Request patch(const Configuration& configuration, json operations) {
  return kube::json_patch_request(configuration.resource, configuration.name, operations, kWrite);
}

kube::Request write_bundle(const WriteBundle& step, const State& state) {
  const Configuration& configuration = state.configurations[step.configuration];
  json operations = json::array({same_version(configuration)});
  if (step.forget_since && configuration.annotations.contains(kTrustedSinceAnnotation)) {
    operations.push_back(annotations_operation(configuration, std::nullopt));
  }
  const std::string bundle = kube::base64_encode(to_pem(step.trusted));
  for (std::size_t i = 0; i < configuration.bundles.size(); ++i) {
    operations.push_back(
        {{"op", "add"}, {"path", "/webhooks/" + std::to_string(i) + "/clientConfig/caBundle"}, {"value", bundle}});
  }
  return patch(configuration, std::move(operations));
}

kube::Request note_trusted(const NoteTrusted& step, const State& state, sys_seconds now) {
  const Configuration& configuration = state.configurations[step.configuration];
  const std::string since = step.fingerprint + " " + kube::format_time(now);
  return patch(configuration, json::array({same_version(configuration), annotations_operation(configuration, since)}));
}

}  // namespace

Result<MaybeRequest> request_for(const Step& step, const State& state, const Options& options, sys_seconds now) {
  return std::visit(Overloaded{
                        [](const LeaveAlone&) { return Result<MaybeRequest>(); },
                        [](const Wait&) { return Result<MaybeRequest>(); },
                        [&](const WriteAuthority& write) { return write_authority(write, state, options, now); },
                        [&](const WriteLeaf& write) { return write_leaf(write, state, options, now); },
                        [&](const WriteBundle& write) { return Result<MaybeRequest>(write_bundle(write, state)); },
                        [&](const NoteTrusted& note) { return Result<MaybeRequest>(note_trusted(note, state, now)); },
                    },
                    step);
}

std::string subject_of(const Step& step, const State& state, const Options& options) {
  const auto configuration = [&](std::size_t place) {
    return state.configurations[place].resource.plural + " " + state.configurations[place].name;
  };
  return std::visit(Overloaded{
                        [](const LeaveAlone&) { return std::string(); },
                        [](const Wait&) { return std::string(); },
                        [&](const WriteAuthority&) { return "secret " + options.ns + "/" + options.authority_secret; },
                        [&](const WriteLeaf&) { return "secret " + options.ns + "/" + options.leaf_secret; },
                        [&](const WriteBundle& write) { return configuration(write.configuration); },
                        [&](const NoteTrusted& note) { return configuration(note.configuration); },
                    },
                    step);
}

std::string action_of(const Step& step) {
  return std::visit(Overloaded{
                        [](const LeaveAlone&) { return "nothing"; },
                        [](const Wait&) { return "nothing"; },
                        [](const WriteAuthority& write) {
                          return write.issue ? "made a new authority" : "wrote down which authorities came before";
                        },
                        [](const WriteLeaf&) { return "issued a new certificate"; },
                        [](const WriteBundle&) { return "wrote caBundle"; },
                        [](const NoteTrusted&) { return "noted since when the authority is trusted"; },
                    },
                    step);
}

}  // namespace meshtrace::certificates
