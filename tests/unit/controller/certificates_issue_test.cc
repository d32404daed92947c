#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <set>
#include <string>

#include "controller/certificates/issue.h"
#include "controller/certificates/openssl.h"
#include "controller/certificates/options.h"
#include "tests/unit/controller/certificates_support.h"

namespace meshtrace::certificates::testing {
namespace {

using std::chrono::hours;

// What OpenSSL says, as a TLS client would be told, of a server certificate under an authority at a time.
std::string verify(const Certificate& leaf, const Certificate& authority, const std::string& host, sys_seconds now) {
  const X509Ptr subject = parse_certificate(leaf.pem);
  const X509Ptr trusted = parse_certificate(authority.pem);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), trusted.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), subject.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
  X509_VERIFY_PARAM_set_time(parameters, now.time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  return X509_verify_cert(context.get()) == 1 ? "ok"
                                              : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

TEST(IssuedCertificates, AreAcceptedByAStrictVerifierForTheirNamesAndTimeAlone) {
  const auto authority = issue_authority(kStart, hours(100));
  ASSERT_TRUE(authority);
  const auto leaf = issue_leaf(*authority, dns_names(Options{}), kStart, hours(10));
  ASSERT_TRUE(leaf);
  const auto says = [&](const std::string& host, sys_seconds now) {
    return verify(leaf->certificate, authority->certificate, host, now);
  };
  const std::string host = "meshtrace-webhook.meshtrace-system.svc";
  EXPECT_EQ(says(host, kStart), "ok");
  EXPECT_EQ(says(host + ".cluster.local", kStart + hours(9)), "ok");
  EXPECT_EQ(says(host, kStart - seconds(60)), "ok") << "a clock that is a minute behind";
  EXPECT_EQ(says("meshtrace-webhook.elsewhere.svc", kStart), "hostname mismatch");
  EXPECT_EQ(says(host, kStart + hours(11)), "certificate has expired");

  const auto other = issue_authority(kStart, hours(100));
  EXPECT_NE(verify(leaf->certificate, other->certificate, host, kStart), "ok");
  EXPECT_TRUE(is_signed_by(leaf->certificate, authority->certificate));
  EXPECT_FALSE(is_signed_by(leaf->certificate, other->certificate)) << "of the same name, with another key";
}

TEST(IssuedCertificates, HaveKeysOfTheirOwnOnP256) {
  const auto authority = issue_authority(kStart, hours(1));
  const auto leaf = issue_leaf(*authority, {"a.svc"}, kStart, hours(1));
  for (const KeyPair* pair : {&*authority, &*leaf}) {
    EXPECT_TRUE(key_fits(pair->certificate, pair->key_pem));
    const KeyPtr key = parse_key(pair->key_pem);
    ASSERT_TRUE(key);
    std::string group(64, '\0');
    std::size_t length = 0;
    ASSERT_EQ(EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &length), 1);
    group.resize(length);
    EXPECT_EQ(group, "prime256v1");
  }
  EXPECT_FALSE(key_fits(leaf->certificate, authority->key_pem));
}

TEST(IssuedCertificates, SaySignerOrServerAndNotBoth) {
  const auto authority = issue_authority(kStart, hours(1));
  const auto leaf = issue_leaf(*authority, {"a.svc", "b.svc"}, kStart, hours(1));
  EXPECT_TRUE(authority->certificate.is_authority);
  EXPECT_FALSE(leaf->certificate.is_authority);
  EXPECT_TRUE(leaf->certificate.is_for_servers);
  EXPECT_THAT(leaf->certificate.dns_names, ::testing::ElementsAre("a.svc", "b.svc"));
}

TEST(IssuedCertificates, HaveSerialNumbersThatNobodyCanGuess) {
  std::set<std::string> serials;
  for (int i = 0; i < 8; ++i) {
    const auto authority = issue_authority(kStart, hours(1));
    const X509Ptr certificate = parse_certificate(authority->certificate.pem);
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
    EXPECT_LE(serial->length, 20);
    EXPECT_GE(serial->length, 8) << "64 bits at least (CA/Browser Forum)";
    EXPECT_EQ(serial->type, V_ASN1_INTEGER) << "positive";
    serials.emplace(reinterpret_cast<const char*>(serial->data), serial->length);
  }
  EXPECT_EQ(serials.size(), 8u);
}

TEST(IssuedCertificates, DoNotOutliveTheirAuthority) {
  const auto authority = issue_authority(kStart, hours(1));
  const auto leaf = issue_leaf(*authority, {"a.svc"}, kStart + seconds(1800), hours(1));
  EXPECT_EQ(leaf->certificate.not_after, authority->certificate.not_after);
}

TEST(IssuedCertificates, FallDueAfterTwoThirds) {
  const auto authority = issue_authority(kStart, hours(87600));
  const Certificate& certificate = authority->certificate;
  EXPECT_EQ(certificate.not_after, kStart + hours(87600));
  EXPECT_EQ(certificate.not_before, kStart - seconds(300));
  EXPECT_EQ(certificate.renew_at(), certificate.not_before + (certificate.not_after - certificate.not_before) / 3 * 2);
}

TEST(ReadingCertificates, StopsAtWhatIsDamagedAndSaysSo) {
  const Certificate one = issue_authority(kStart, hours(1))->certificate;
  const Certificate two = issue_authority(kStart, hours(1))->certificate;
  struct Case {
    std::string pem;
    std::size_t count;
    bool damaged;
  };
  const std::string broken = one.pem.substr(0, one.pem.size() / 2) + "\n-----END CERTIFICATE-----\n";
  const std::vector<Case> cases{
      {"", 0, false},
      {"no certificate at all", 0, false},
      {one.pem, 1, false},
      {one.pem + two.pem, 2, false},
      {"# comment\n" + one.pem + "\n\n" + two.pem + "the end", 2, false},
      {one.pem + broken, 1, true},
      {broken + one.pem, 0, true},
      {std::string(1000, '\0'), 0, false},
  };
  for (const Case& each : cases) {
    const CertificateList list = read_certificates(each.pem);
    EXPECT_EQ(list.certificates.size(), each.count) << each.pem;
    EXPECT_EQ(list.damaged, each.damaged) << each.pem;
  }
  std::string many;
  for (std::size_t i = 0; i <= kMaxCertificates; ++i) many += one.pem;
  EXPECT_EQ(read_certificates(many).certificates.size(), kMaxCertificates);
  EXPECT_TRUE(read_certificates(many).damaged);
}

TEST(CertificateOptions, LeaveRoomForAChangeOfAuthorityInAThirdOfALife) {
  struct Case {
    int leaf_s, authority_s, delay_s;
    std::string where;  // empty: good
  };
  const std::vector<Case> cases{
      {20, 60, 2, ""},
      {12, 36, 2, ""},
      {11, 60, 2, "--certificate-lifetime"},
      {9, 60, 0, "--certificate-lifetime"},
      {10, 30, 0, ""},
      {20, 59, 2, "--ca-lifetime"},
  };
  for (const Case& each : cases) {
    Options options;
    options.leaf_lifetime = seconds(each.leaf_s);
    options.authority_lifetime = seconds(each.authority_s);
    options.propagation_delay = seconds(each.delay_s);
    const auto checked = check(options);
    EXPECT_EQ(checked ? "" : checked.error().where, each.where) << each.leaf_s << ' ' << each.authority_s;
  }
  EXPECT_TRUE(check(Options{}));
}

}  // namespace
}  // namespace meshtrace::certificates::testing
