// OpenSSL's objects with an owner each. For this folder's .cc files alone.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace meshtrace::certificates {

struct FreeOpenssl {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using BioPtr = std::unique_ptr<BIO, FreeOpenssl>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeOpenssl>;
using X509Ptr = std::unique_ptr<X509, FreeOpenssl>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeOpenssl>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeOpenssl>;

// Reads a PEM text, which must outlive it.
BioPtr reading(std::string_view text);

// For OpenSSL's PEM functions: an encrypted key is one that we cannot use, and not a reason to prompt on a terminal.
int refuse_password(char*, int, int, void*);

// Of the first block of that kind in a PEM text; null where there is none that can be read.
X509Ptr parse_certificate(std::string_view pem);
KeyPtr parse_key(std::string_view pem);

// Empty where OpenSSL cannot.
std::string pem_of(X509* certificate);
std::string pem_of(EVP_PKEY* key);  // PKCS #8, unencrypted

}  // namespace meshtrace::certificates
