#include "net/server/tls_context.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>

namespace meshtrace::net {
namespace {

struct FreeOpenssl {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPtr = std::unique_ptr<BIO, FreeOpenssl>;
using X509Ptr = std::unique_ptr<X509, FreeOpenssl>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeOpenssl>;

// OpenSSL's reason for the last failure on this thread.
std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given by OpenSSL";
}

// Never asks for a password: an encrypted key is refused instead of a prompt on a terminal.
int no_password(char*, int, int, void*) { return 0; }

int select_http11(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                  unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, out_length, kHttp11, sizeof kHttp11, offered, offered_length);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // What TLS 1.2 is left with: forward secrecy and authenticated encryption. TLS 1.3 has nothing else.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // An end without close_notify reads as an end: HTTP/1.1 frames its messages, so truncation is seen there.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                   SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // API servers keep connections and resume no sessions: tickets and a cache would be work and memory for nothing.
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // RELEASE_BUFFERS: an idle connection keeps no 32 KiB of record buffers. Read-ahead: one system call a record.
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_alpn_select_cb(context, select_http11, nullptr);
}

std::int64_t unix_time(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

// Adds the leaf and its chain. Returns what is wrong, or nothing.
std::string use_certificates(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (!leaf) {
    ERR_clear_error();
    return "holds no PEM certificate; expected are BEGIN CERTIFICATE blocks, the server's own first";
  }
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return "is refused by OpenSSL: " + last_reason();
  while (X509* link = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, link) != 1) {
      X509_free(link);
      return "has a chain certificate that OpenSSL refuses: " + last_reason();
    }
  }
  // The loop ends at the end of the text, or at a block that cannot be read.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end ? "" : "has a damaged certificate after the first one";
}

KeyPtr make_key() { return KeyPtr(EVP_EC_gen("P-256")); }

X509Ptr make_self_signed(EVP_PKEY* key) {
  constexpr long kYear = 365L * 24 * 3600;  // seconds; the process does not run so long without a certificate
  X509Ptr certificate(X509_new());
  if (!certificate) return nullptr;
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kYear);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("meshtrace waiting for its certificate"), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create_without_certificate() {
  std::shared_ptr<TlsContext> result(new TlsContext);
  result->context_.reset(SSL_CTX_new(TLS_server_method()));
  if (!result->context_) return fail("", "OpenSSL cannot make a TLS context: " + last_reason());
  configure(result->context_.get());
  return result;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const PemFile& certificate, const PemFile& key) {
  auto result = create_without_certificate();
  if (!result) return tl::make_unexpected(result.error());
  SSL_CTX* context = (*result)->native();
  if (std::string problem = use_certificates(context, certificate.text); !problem.empty()) {
    return fail(certificate.path, std::move(problem));
  }
  const BioPtr bio(BIO_new_mem_buf(key.text.data(), static_cast<int>(key.text.size())));
  const KeyPtr private_key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!private_key) return fail(key.path, "holds no PEM private key, or one that needs a password");
  if (SSL_CTX_use_PrivateKey(context, private_key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail(key.path, "does not belong to the certificate in " + certificate.path + ": " + last_reason());
  }
  (*result)->not_after_ = unix_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context)));
  return std::shared_ptr<const TlsContext>(std::move(*result));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::create_self_signed() {
  auto result = create_without_certificate();
  if (!result) return tl::make_unexpected(result.error());
  SSL_CTX* context = (*result)->native();
  const KeyPtr key = make_key();
  const X509Ptr certificate = key ? make_self_signed(key.get()) : nullptr;
  if (!certificate || SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fail("", "OpenSSL cannot make a certificate: " + last_reason());
  }
  (*result)->not_after_ = unix_time(X509_get0_notAfter(certificate.get()));
  return std::shared_ptr<const TlsContext>(std::move(*result));
}

}  // namespace meshtrace::net
