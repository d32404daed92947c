#include "controller/certificates/inspect.h"

#include <algorithm>
#include <array>

#include "kube/time.h"

namespace meshtrace::certificates {
namespace {

using std::chrono::sys_seconds;

constexpr const char* kDue = "two thirds of its life are over";

const std::string& value_of(const std::map<std::string, std::string>& map, const char* key) {
  static const std::string kNone;
  const auto found = map.find(key);
  return found == map.end() ? kNone : found->second;
}

std::optional<Certificate> first_certificate(const std::string& pem) {
  CertificateList list = read_certificates(pem);
  if (list.certificates.empty()) return std::nullopt;
  return std::move(list.certificates.front());
}

// What is wrong with a pair of certificate and key in a Secret, apart from what the certificate is for.
std::string problem_of_pair(sys_seconds now, const std::optional<Secret>& secret,
                            const std::optional<Certificate>& certificate) {
  if (!secret) return "it is missing";
  if (!certificate) return "its certificate cannot be read";
  if (!key_fits(*certificate, value_of(secret->data, kPrivateKeyKey))) return "its key is missing or another's";
  if (now >= certificate->not_after) return "it has expired";
  if (now >= certificate->renew_at()) return kDue;
  if (now < certificate->not_before) return "it is not valid yet, the clock has been set back";
  return {};
}

void inspect_authority(sys_seconds now, const std::optional<Secret>& secret, Inspected& out) {
  if (secret) {
    out.authority = first_certificate(value_of(secret->data, kCertificateKey));
    out.previous = read_certificates(value_of(secret->data, kPreviousKey)).certificates;
  }
  out.authority_problem = problem_of_pair(now, secret, out.authority);
  if (out.authority_problem.empty() && !out.authority->is_authority) {
    out.authority_problem = "its certificate may not sign others";
  }
}

bool has_names(const Certificate& leaf, const Options& options) {
  const std::vector<std::string> wanted = dns_names(options);
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    return std::find(leaf.dns_names.begin(), leaf.dns_names.end(), name) != leaf.dns_names.end();
  });
}

void inspect_leaf(sys_seconds now, const std::optional<Secret>& secret, const Options& options, Inspected& out) {
  std::vector<Certificate> named;  // who the Secret says has signed it
  if (secret) {
    out.leaf = first_certificate(value_of(secret->data, kCertificateKey));
    named = read_certificates(value_of(secret->data, kAuthorityKey)).certificates;
    out.previous_until = kube::parse_time(value_of(secret->annotations, kPreviousUntilAnnotation));
  }
  out.leaf_is_authoritys = out.leaf && out.authority && is_signed_by(*out.leaf, *out.authority);
  if (out.leaf && !out.leaf_is_authoritys) {
    std::vector<Certificate> candidates = named;
    candidates.insert(candidates.end(), out.previous.begin(), out.previous.end());
    const auto issuer = std::find_if(candidates.begin(), candidates.end(),
                                     [&](const Certificate& each) { return is_signed_by(*out.leaf, each); });
    if (issuer != candidates.end()) out.leaf_issuer = *issuer;
  }
  out.leaf_problem = problem_of_pair(now, secret, out.leaf);
  if (!out.leaf_problem.empty()) return;
  if (!out.leaf_is_authoritys) {
    out.leaf_problem = "another authority signed it";
  } else if (!out.leaf->is_for_servers || !has_names(*out.leaf, options)) {
    out.leaf_problem = "it is not for the webhook's Service";
  } else if (named != std::vector{*out.authority}) {
    out.leaf_problem = "the authority beside it is not the one that signed it";
  }
}

}  // namespace

Inspected inspect(sys_seconds now, const State& state, const Options& options) {
  Inspected out;
  inspect_authority(now, state.authority, out);
  inspect_leaf(now, state.leaf, options, out);
  return out;
}

bool is_trusted_by(const Configuration& configuration, const Certificate& authority) {
  return std::all_of(configuration.bundles.begin(), configuration.bundles.end(),
                     [&](const CertificateList& bundle) { return contains(bundle.certificates, authority); });
}

bool trusts_exactly(const Configuration& configuration, const std::vector<Certificate>& authorities) {
  return std::all_of(configuration.bundles.begin(), configuration.bundles.end(), [&](const CertificateList& bundle) {
    return !bundle.damaged && bundle.certificates.size() == authorities.size() &&
           std::all_of(authorities.begin(), authorities.end(),
                       [&](const Certificate& authority) { return contains(bundle.certificates, authority); });
  });
}

std::optional<sys_seconds> trusted_since(const Configuration& configuration, const Certificate& authority) {
  const std::string& note = value_of(configuration.annotations, kTrustedSinceAnnotation);
  const std::size_t space = note.find(' ');
  if (space == std::string::npos || note.substr(0, space) != authority.fingerprint) return std::nullopt;
  return kube::parse_time(note.substr(space + 1));
}

std::string managed_by_others(const Configuration& configuration) {
  // cert-manager's CA injector; source: its documentation, "CA Injector".
  constexpr std::array kInjected{"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret",
                                 "cert-manager.io/inject-apiserver-ca"};
  for (const char* annotation : kInjected) {
    if (!configuration.annotations.contains(annotation)) continue;
    return configuration.resource.plural + " " + configuration.name + " has the annotation " + annotation +
           ": cert-manager fills in its caBundle";
  }
  return {};
}

}  // namespace meshtrace::certificates
