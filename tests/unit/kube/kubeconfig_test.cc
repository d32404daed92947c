#include "kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kDevelopment = R"(
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: dev
  cluster: {server: "https://dev:6443", certificate-authority: certs/ca.pem, tls-server-name: kubernetes}
users:
- name: dev
  user: {client-certificate: dev.pem, client-key: /keys/dev.key}
- name: bot
  user: {token: "one", tokenFile: bot.token}
contexts:
- name: dev
  context: {cluster: dev, user: dev, namespace: shop}
- name: bot
  context: {cluster: dev, user: bot}
)";

constexpr const char* kProduction = R"(
apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod
  cluster: {server: "https://prod", certificate-authority-data: Y2E=, insecure-skip-tls-verify: false}
- name: dev
  cluster: {server: "https://other", tls-server-name: other, insecure-skip-tls-verify: true}
users:
- name: prod
  user: {token: "two", client-certificate-data: Y2VydA==, client-certificate: ignored, client-key-data: a2V5}
contexts:
- name: prod
  context: {cluster: prod, user: prod}
)";

Kubeconfig parse(const std::string& path, const char* text) {
  auto config = parse_kubeconfig(path, text);
  EXPECT_TRUE(config) << config.error().message();
  return config.value_or(Kubeconfig{});
}

Kubeconfig both() {
  std::vector<Kubeconfig> files;
  files.push_back(parse("/home/me/dev.yaml", kDevelopment));
  files.push_back(parse("/etc/prod.yaml", kProduction));
  return merge_kubeconfigs(std::move(files));
}

ClientConfig choose(const Kubeconfig& config, const KubeconfigChoice& choice) {
  auto client = select_context(config, choice);
  EXPECT_TRUE(client) << client.error().message();
  return client.value_or(ClientConfig{});
}

TEST(Kubeconfig, TakesTheCurrentContextAndResolvesPathsFromTheFilesOwnFolder) {
  const auto client = choose(parse("/home/me/dev.yaml", kDevelopment), {});
  EXPECT_EQ(client.server, "https://dev:6443");
  EXPECT_EQ(client.tls_server_name, "kubernetes");
  EXPECT_EQ(client.certificate_authority.file, "/home/me/certs/ca.pem");
  EXPECT_EQ(client.client_certificate.file, "/home/me/dev.pem");
  EXPECT_EQ(client.client_key.file, "/keys/dev.key");
  EXPECT_EQ(client.ns, "shop");
}

TEST(Kubeconfig, AChoiceOverridesTheContext) {
  const auto client = choose(both(), {"prod", "dev", "bot", "payments"});
  EXPECT_EQ(client.server, "https://dev:6443");
  EXPECT_EQ(client.token, "one");
  EXPECT_EQ(client.token_file, "/home/me/bot.token");
  EXPECT_EQ(client.ns, "payments");
}

TEST(Kubeconfig, TheFirstFileThatSetsANameWinsAsAWhole) {
  const auto client = choose(both(), {"dev", "", "", ""});
  EXPECT_EQ(client.server, "https://dev:6443");
  EXPECT_FALSE(client.insecure_skip_tls_verify);
}

TEST(Kubeconfig, TheFirstFileThatSetsTheCurrentContextWins) {
  EXPECT_EQ(both().current_context, "dev");
  std::vector<Kubeconfig> files(1);
  files.push_back(parse("/etc/prod.yaml", kProduction));
  EXPECT_EQ(merge_kubeconfigs(std::move(files)).current_context, "prod");
}

TEST(Kubeconfig, DataInPlaceWinsOverAFile) {
  const auto client = choose(both(), {"prod", "", "", ""});
  EXPECT_EQ(client.certificate_authority, (PemSource{"ca", ""}));
  EXPECT_EQ(client.client_certificate, (PemSource{"cert", ""}));
  EXPECT_EQ(client.client_key, (PemSource{"key", ""}));
  EXPECT_EQ(client.ns, "default");
}

TEST(Kubeconfig, AServerWithoutSchemeIsTakenAsKubectlDoes) {
  const auto server_of = [](const std::string& cluster) {
    const std::string text = "{clusters: [{name: a, cluster: " + cluster + "}]}";
    return choose(parse("k", text.c_str()), {"", "a", "", ""}).server;
  };
  EXPECT_EQ(server_of("{server: 'localhost:8080'}"), "http://localhost:8080");
  EXPECT_EQ(server_of("{server: 'localhost:6443', insecure-skip-tls-verify: true}"), "https://localhost:6443");
}

TEST(Kubeconfig, ReadsAnExecPlugin) {
  const auto config = parse("/home/me/config", R"(
clusters: [{name: a, cluster: {server: "https://a"}}]
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: bin/login
      args: [--cluster, a]
      env: [{name: PROFILE, value: dev}]
      installHint: ask the platform team
      interactiveMode: Never
      provideClusterInfo: true
)");
  const auto client = choose(config, {"", "a", "u", ""});
  ASSERT_TRUE(client.exec);
  EXPECT_EQ(client.exec->command, "/home/me/bin/login");
  EXPECT_THAT(client.exec->args, ElementsAre("--cluster", "a"));
  EXPECT_THAT(client.exec->env, ElementsAre(std::pair<std::string, std::string>("PROFILE", "dev")));
  EXPECT_EQ(client.exec->interactive, ExecPlugin::Interactive::kNever);
  EXPECT_TRUE(client.exec->provide_cluster_info);
}

TEST(Kubeconfig, ImpersonatesAsTheUserEntrySays) {
  const auto config = parse("k",
                            "{clusters: [{name: a, cluster: {server: 'https://a'}}],"
                            " users: [{name: u, user: {as: jane, as-groups: [devs]}}]}");
  EXPECT_THAT(choose(config, {"", "a", "u", ""}).impersonation,
              ElementsAre(std::pair<std::string, std::string>("Impersonate-User", "jane"),
                          std::pair<std::string, std::string>("Impersonate-Group", "devs")));
}

TEST(Kubeconfig, AnEmptyFileIsAnEmptyConfiguration) {
  EXPECT_TRUE(parse("k", "").contexts.empty());
  EXPECT_TRUE(parse("k", "# nothing yet\n").contexts.empty());
}

struct ErrorCase {
  const char* name;
  const char* cluster;
  const char* user;
  const char* message;
};
class KubeconfigRefuses : public testing::TestWithParam<ErrorCase> {};

TEST_P(KubeconfigRefuses, WithTheEntryAndTheField) {
  const std::string text = std::string("{clusters: [{name: a, cluster: ") + GetParam().cluster +
                           "}], users: [{name: u, user: " + GetParam().user + "}]}";
  const auto client = select_context(parse("/k", text.c_str()), {"", "a", "u", ""});
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , KubeconfigRefuses,
    testing::Values(
        ErrorCase{"NoServer", "{}", "{}", "/k: clusters[a].server: is missing"},
        ErrorCase{"Proxy", "{server: 'https://a', proxy-url: 'http://p'}", "{}",
                  "clusters[a].proxy-url: proxies are not"},
        ErrorCase{"InsecureWithAuthority",
                  "{server: 'https://a', insecure-skip-tls-verify: true, certificate-authority: x}", "{}",
                  "clusters[a].insecure-skip-tls-verify: excludes"},
        ErrorCase{"FlagAsText", "{server: 'https://a', insecure-skip-tls-verify: 'yes'}", "{}",
                  "must be true or false"},
        ErrorCase{"TokenAsNumber", "{server: 'https://a'}", "{token: 12345}", "users[u].token: must be a string"},
        ErrorCase{"NotBase64", "{server: 'https://a', certificate-authority-data: '%%%'}", "{}",
                  "clusters[a].certificate-authority-data: is not base64"},
        ErrorCase{"CertificateWithoutKey", "{server: 'https://a'}", "{client-certificate: c.pem}",
                  "users[u].client-key: is missing"},
        ErrorCase{"AuthProvider", "{server: 'https://a'}", "{auth-provider: {name: gcp}}", "removed it in 1.26"},
        ErrorCase{"ExecVersion", "{server: 'https://a'}",
                  "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}", "v1 or v1beta1"},
        ErrorCase{"ExecCommand", "{server: 'https://a'}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}",
                  "needs a command"}),
    [](const auto& test) { return test.param.name; });

TEST(Kubeconfig, NamesTheContextsThatThereAre) {
  EXPECT_THAT(select_context(both(), {"staging", "", "", ""}).error().message(),
              HasSubstr("no context 'staging'; there are: bot, dev, prod"));
  EXPECT_THAT(select_context(Kubeconfig{}, {}).error().message(), HasSubstr("no current-context"));
}

struct ParseErrorCase {
  const char* name;
  const char* text;
  const char* message;
};
class KubeconfigParseRefuses : public testing::TestWithParam<ParseErrorCase> {};

TEST_P(KubeconfigParseRefuses, WithFileAndLine) {
  const auto config = parse_kubeconfig("k.yaml", GetParam().text);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , KubeconfigParseRefuses,
    testing::Values(ParseErrorCase{"OtherKind", "apiVersion: v1\nkind: Pod\n", "k.yaml:1: no kubeconfig"},
                    ParseErrorCase{"NotAMapping", "- a\n", "no kubeconfig"},
                    ParseErrorCase{"Nameless", "kind: Config\nusers:\n- user: {}\n", "k.yaml:3: users[0] needs a name"},
                    ParseErrorCase{"Twice", "kind: Config\nusers:\n- name: a\n- name: a\n",
                                   "k.yaml:4: user 'a' is there twice"},
                    ParseErrorCase{"NoList", "kind: Config\nclusters: {}\n", "clusters must be a list"},
                    ParseErrorCase{"Several", "kind: Config\n---\nkind: Config\n", "several"},
                    ParseErrorCase{"Broken", "clusters: [\n", "k.yaml"}),
    [](const auto& test) { return test.param.name; });

TEST(Kubeconfig, SplitsTheVariableAtColonsAndSkipsEmptyParts) {
  EXPECT_THAT(kubeconfig_paths(":/a::b/c:"), ElementsAre("/a", "b/c"));
  EXPECT_TRUE(kubeconfig_paths("").empty());
}

}  // namespace
}  // namespace meshtrace::kube
