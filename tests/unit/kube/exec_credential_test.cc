#include "kube/exec_credential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace meshtrace::kube {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kV1 = "client.authentication.k8s.io/v1";

ExecPlugin plugin() {
  ExecPlugin plugin;
  plugin.api_version = kV1;
  plugin.command = "login";
  return plugin;
}

std::string answer(const json& status) {
  return json{{"apiVersion", kV1}, {"kind", "ExecCredential"}, {"status", status}}.dump();
}

TEST(ExecCredential, TakesATokenAndItsEnd) {
  const auto seconds = [](const char* time) {
    const auto credential = parse_exec_credential(plugin(), answer({{"token", "t"}, {"expirationTimestamp", time}}));
    EXPECT_TRUE(credential) << credential.error().message();
    return credential->expires->time_since_epoch().count();
  };
  EXPECT_EQ(seconds("2026-11-21T08:00:00Z"), 1795248000);
  EXPECT_EQ(seconds("2026-11-21T08:00:00.123456Z"), 1795248000);
  EXPECT_EQ(seconds("2026-11-21T09:30:00+01:30"), 1795248000);
  EXPECT_EQ(seconds("2026-11-21T03:00:00-05:00"), 1795248000);
  EXPECT_EQ(seconds("9999-12-31T23:59:59Z"), 253402300799);  // "never"
  EXPECT_FALSE(parse_exec_credential(plugin(), answer({{"token", "t"}}))->expires);
}

TEST(ExecCredential, TakesAClientCertificate) {
  const auto credential =
      parse_exec_credential(plugin(), answer({{"clientCertificateData", "cert"}, {"clientKeyData", "key"}}));
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->client_certificate_pem, "cert");
  EXPECT_EQ(credential->client_key_pem, "key");
}

TEST(ExecCredential, SaysWhatIsWrongAndNeverQuotesIt) {
  const std::pair<std::string, const char*> cases[] = {
      {"secret", "not JSON"},
      {R"({"apiVersion":"v1","kind":"Secret"})", "no ExecCredential of client.authentication.k8s.io/v1"},
      {json{{"apiVersion", kV1}, {"kind", "ExecCredential"}}.dump(), "has no status"},
      {answer(json::object()), "neither a token nor a client certificate"},
      {answer({{"clientKeyData", "secret"}}), "go together"},
      {answer({{"token", "secret"}, {"expirationTimestamp", "tomorrow"}}), "no time of RFC 3339"},
  };
  for (const auto& [output, message] : cases) {
    const auto credential = parse_exec_credential(plugin(), output);
    ASSERT_FALSE(credential) << output;
    EXPECT_THAT(credential.error().message(), HasSubstr(message));
    EXPECT_THAT(credential.error().message(), HasSubstr("exec login"));
    EXPECT_THAT(credential.error().message(), testing::Not(HasSubstr("secret")));
  }
}

TEST(ExecCredential, TellsThePluginAboutTheClusterOnlyWhenItAsks) {
  ClientConfig config;
  config.server = "https://a:6443";
  config.tls_server_name = "kubernetes";
  config.exec = plugin();
  EXPECT_EQ(json::parse(exec_info(config, "ca", true)),
            (json{{"apiVersion", kV1}, {"kind", "ExecCredential"}, {"spec", {{"interactive", true}}}}));
  config.exec->provide_cluster_info = true;
  EXPECT_EQ(
      json::parse(exec_info(config, "ca", false))["spec"]["cluster"],
      (json{{"server", "https://a:6443"}, {"tls-server-name", "kubernetes"}, {"certificate-authority-data", "Y2E="}}));
}

}  // namespace
}  // namespace meshtrace::kube
