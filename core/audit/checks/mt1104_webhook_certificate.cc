#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/webhook_configurations.h"
#include "core/audit/model.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

constexpr std::int64_t kDay = 86'400;              // seconds
constexpr std::int64_t kSoon = 14 * kDay;          // two weeks: time for somebody to come back from a holiday
constexpr std::size_t kMaxBundleBytes = 1u << 20;  // of base64; an object has at most 1.5 MiB
constexpr int kMaxCertificates = 100;

constexpr const char* kAdvice =
    "Let the controller put its CA there (--manage-certificates, the default), or annotate the configuration for "
    "cert-manager; docs/certificates.md has both.";

std::optional<std::string> decode_base64(std::string text) {
  std::erase_if(text, [](unsigned char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (text.size() % 4 != 0 || text.size() > kMaxBundleBytes) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  // EVP_DecodeBlock() counts what the padding stands for.
  const auto padding = std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '=');
  bytes.resize(static_cast<std::size_t>(length - padding));
  return bytes;
}

// Unix time.
std::int64_t seconds_of(const ASN1_TIME* time) {
  int days = 0;
  int seconds = 0;
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> epoch(ASN1_TIME_set(nullptr, 0), ASN1_TIME_free);
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return 0;
  return days * kDay + seconds;
}

// When the certificates of a bundle hold: the API server needs one of them. Nothing where there is none.
struct Validity {
  std::int64_t from = 0;
  std::int64_t until = 0;
};
std::optional<Validity> validity_of(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  std::optional<Validity> validity;
  for (int i = 0; i < kMaxCertificates; ++i) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    const std::int64_t from = seconds_of(X509_get0_notBefore(certificate.get()));
    const std::int64_t until = seconds_of(X509_get0_notAfter(certificate.get()));
    validity =
        validity ? Validity{std::min(validity->from, from), std::max(validity->until, until)} : Validity{from, until};
  }
  ERR_clear_error();
  return validity;
}

// In git the CA is left out, so that whoever makes the certificate puts it there.
bool is_stored(const Model& model, const Object& configuration) {
  return model.snapshot.options().is_cluster ||
         find_member(configuration.value, {"metadata", "creationTimestamp"}) != nullptr;
}

struct Fault {
  std::string what;
  Severity severity = Severity::kError;
};

std::optional<Fault> judge(const std::string& bundle, std::int64_t now) {
  const auto pem = decode_base64(bundle);
  const auto validity = pem ? validity_of(*pem) : std::nullopt;
  if (!validity) return Fault{"has no certificate that can be read"};
  if (now == 0) return std::nullopt;
  if (validity->until <= now) return Fault{fmt::format("expired {} days ago", (now - validity->until) / kDay)};
  if (validity->from > now) return Fault{"is not valid yet"};
  if (validity->until - now < kSoon) {
    return Fault{fmt::format("expires in {} days", (validity->until - now) / kDay), Severity::kWarning};
  }
  return std::nullopt;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const auto& webhooks = webhooks_of(subject);
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    if (!is_our_webhook(subject, webhooks[i])) continue;
    const bool by_url = find_member(webhooks[i], {"clientConfig", "url"}) != nullptr;
    const std::string bundle = string_member(webhooks[i], {"clientConfig", "caBundle"});
    if (bundle.empty() && (by_url || !is_stored(model, subject))) continue;
    const auto fault = bundle.empty() ? Fault{"is empty"} : judge(bundle, model.snapshot.options().now);
    if (!fault) continue;
    const std::string name = policy::in_quotes(string_member(webhooks[i], {"name"}));
    findings.add(
        subject,
        fmt::format("The CA of webhook {} {}; without it the API server cannot call the webhook, and {}.", name,
                    fault->what,
                    subject.kind == Kind::kMutatingWebhookConfiguration ? "pods are created without trace settings"
                                                                        : "policies are stored unchecked"),
        {.field = webhook_field(i, "clientConfig.caBundle"), .fix = kAdvice, .severity = fault->severity});
  }
}

}  // namespace

const Check kWebhookCertificate{
    .code = "MT1104",
    .severity = Severity::kError,
    .title = "webhook's CA is wrong or expires",
    .effect = "New pods are created without the policies' variables; their traces miss sampler, propagators and names.",
    .page =
        R"(The API server calls the webhook over TLS and trusts the CA of `clientConfig.caBundle` alone. Where that is empty,
unreadable or expired, each call fails, and with `failurePolicy: Ignore` nobody notices: pods pass uninjected. Of several
certificates in the bundle one must hold. Within 14 days of its end the finding is a warning: the controller renews long
before, so that it probably does not run or does not lead.

Limits: a CA that is valid and not the one of the webhook's certificate is not seen here; the API server's metric
`apiserver_admission_webhook_fail_open_count` and the policies' counts of missed pods show it. A configuration without CA
in files is left alone: it is filled in when it is applied.

Source: [certificates.md](certificates.md); Kubernetes, "Dynamic Admission Control".)",
    .subjects = {Kind::kMutatingWebhookConfiguration, Kind::kValidatingWebhookConfiguration},
    .reads = {},
    .run = run,
};

}  // namespace meshtrace::audit
