// What the API server holds of the webhook's certificates: two Secrets and two webhook configurations, as they are.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/certificates/options.h"
#include "controller/certificates/x509.h"
#include "kube/request.h"

namespace meshtrace::certificates {

// Of the authority's Secret (type kubernetes.io/tls): its certificate and key, and beside them the certificates of the
// authorities before it that are still trusted.
inline constexpr const char* kCertificateKey = "tls.crt";
inline constexpr const char* kPrivateKeyKey = "tls.key";
inline constexpr const char* kPreviousKey = "previous.crt";
// Of the webhook's Secret, beside tls.crt and tls.key: who signed it.
inline constexpr const char* kAuthorityKey = "ca.crt";

// On the webhook's Secret: until when the authorities before the present one are trusted (RFC 3339). Written together
// with the first leaf of the present one.
inline constexpr const char* kPreviousUntilAnnotation = "meshtrace.io/previous-ca-until";
// On a webhook configuration: "FINGERPRINT TIME", since when every webhook in it has been seen to trust that authority.
inline constexpr const char* kTrustedSinceAnnotation = "meshtrace.io/ca-trusted-since";

struct Secret {
  nlohmann::json object;  // whole, to be written back with what others put there
  std::map<std::string, std::string> data;
  std::map<std::string, std::string> annotations;
};

struct Configuration {
  kube::Resource resource;
  std::string name;
  std::string resource_version;
  std::map<std::string, std::string> annotations;
  std::vector<CertificateList> bundles;  // of each webhook what is in its caBundle
};

struct State {
  std::optional<Secret> authority;
  std::optional<Secret> leaf;
  std::vector<Configuration> configurations;  // those that there are
};

// Where they are.
kube::Resource secrets(const Options& options);
std::vector<kube::Resource> webhook_configurations();  // Mutating and Validating

// From the objects; what is not as it should be shows as empty, and is repaired like anything else.
Secret read_secret(nlohmann::json object);
Configuration read_configuration(const kube::Resource& resource, const nlohmann::json& object);

}  // namespace meshtrace::certificates
