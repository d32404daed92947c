// The choice of a context, and the decoding of what it names.
#include <fmt/format.h>

#include <utility>

#include "kube/base64.h"
#include "kube/json.h"
#include "kube/kubeconfig.h"

namespace meshtrace::kube {
namespace {

using Entry = Kubeconfig::Entry;

// One entry's fields. The first wrong one is kept, so that the readers stay one line a field.
class Fields {
 public:
  explicit Fields(const Entry& entry) : entry_(entry) {}

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  void refuse(const char* key, std::string what) {
    if (!error_) error_ = Error{entry_.where + "." + key, std::move(what)};
  }

  std::string text(const char* key) {
    const auto value = entry_.value.find(key);
    if (value == entry_.value.end() || value->is_null()) return {};
    if (value->is_string()) return value->get<std::string>();
    refuse(key, "must be a string; write it in quotes");
    return {};
  }

  bool flag(const char* key) {
    const auto value = entry_.value.find(key);
    if (value == entry_.value.end() || value->is_null()) return false;
    if (value->is_boolean()) return value->get<bool>();
    refuse(key, "must be true or false");
    return false;
  }

  std::string path(const char* key) { return resolve(text(key)); }

  // FIELD and FIELD-data.
  PemSource pem(const std::string& key) {
    const std::string data_key = key + "-data";
    const auto data = base64_decode(text(data_key.c_str()));
    if (!data) refuse(data_key.c_str(), "is not base64");
    PemSource source{data.value_or(""), path(key.c_str())};
    if (!source.data.empty()) source.file.clear();
    return source;
  }

  [[nodiscard]] std::string resolve(std::string path) const {
    return path.empty() || path.front() == '/' ? path : entry_.directory + "/" + path;
  }

  [[nodiscard]] const nlohmann::json& value() const { return entry_.value; }

 private:
  const Entry& entry_;
  std::optional<Error> error_;
};

std::vector<std::string> strings(const nlohmann::json& object, const char* key) {
  std::vector<std::string> out;
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) return out;
  for (const auto& item : *list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::string known_names(const std::map<std::string, Entry>& entries) {
  std::string names;
  for (const auto& [name, entry] : entries) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "there are none" : "there are: " + names;
}

Result<const Entry*> find_entry(const std::map<std::string, Entry>& entries, const std::string& name,
                                const std::string& where, const char* kind) {
  const auto found = entries.find(name);
  if (found != entries.end()) return &found->second;
  return fail(where, fmt::format("no {} '{}'; {}", kind, name, known_names(entries)));
}

Result<void> read_cluster(const Entry& entry, ClientConfig& config) {
  Fields fields(entry);
  config.server = fields.text("server");
  config.tls_server_name = fields.text("tls-server-name");
  config.insecure_skip_tls_verify = fields.flag("insecure-skip-tls-verify");
  config.certificate_authority = fields.pem("certificate-authority");
  if (config.server.empty()) fields.refuse("server", "is missing; it is the API server's URL");
  if (!fields.text("proxy-url").empty()) {
    fields.refuse("proxy-url", "proxies are not supported; name a server that can be reached directly");
  }
  if (config.insecure_skip_tls_verify && !config.certificate_authority.empty()) {
    fields.refuse("insecure-skip-tls-verify", "excludes a certificate-authority; remove one of them");
  }
  if (fields.error()) return tl::make_unexpected(*fields.error());
  if (config.server.find("://") == std::string::npos) {  // as kubectl does
    const bool tls = config.insecure_skip_tls_verify || !config.certificate_authority.empty();
    config.server = (tls ? "https://" : "http://") + config.server;
  }
  return {};
}

void read_impersonation(Fields& fields, ClientConfig& config) {
  const auto header = [&](std::string name, std::string value) {
    if (!value.empty()) config.impersonation.emplace_back(std::move(name), std::move(value));
  };
  header("Impersonate-User", fields.text("as"));
  header("Impersonate-Uid", fields.text("as-uid"));
  const auto groups = strings(fields.value(), "as-groups");
  // cpprest joins equal headers by commas, which the API server does not take apart.
  if (groups.size() > 1) fields.refuse("as-groups", "more than one group is not supported");
  if (!groups.empty()) header("Impersonate-Group", groups.front());
  if (fields.value().contains("as-user-extra")) fields.refuse("as-user-extra", "is not supported");
}

void read_exec(Fields& fields, ClientConfig& config) {
  const auto found = fields.value().find("exec");
  if (found == fields.value().end() || found->is_null()) return;
  const nlohmann::json& exec = *found;
  ExecPlugin plugin;
  plugin.api_version = string_or_empty(exec, "apiVersion");
  plugin.command = string_or_empty(exec, "command");
  plugin.args = strings(exec, "args");
  plugin.install_hint = string_or_empty(exec, "installHint");
  const auto cluster_info = exec.find("provideClusterInfo");
  plugin.provide_cluster_info = cluster_info != exec.end() && cluster_info->is_boolean() && cluster_info->get<bool>();
  if (plugin.command.empty()) fields.refuse("exec", "needs a command");
  if (plugin.command.find('/') != std::string::npos) plugin.command = fields.resolve(plugin.command);
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    fields.refuse("exec", "apiVersion must be client.authentication.k8s.io/v1 or v1beta1");
  }
  if (const auto env = exec.find("env"); env != exec.end() && env->is_array()) {
    for (const auto& item : *env)
      plugin.env.emplace_back(string_or_empty(item, "name"), string_or_empty(item, "value"));
  }
  const std::string mode = string_or_empty(exec, "interactiveMode");
  if (mode == "Never") plugin.interactive = ExecPlugin::Interactive::kNever;
  if (mode == "Always") plugin.interactive = ExecPlugin::Interactive::kAlways;
  config.exec = std::move(plugin);
}

Result<void> read_user(const Entry& entry, ClientConfig& config) {
  Fields fields(entry);
  config.client_certificate = fields.pem("client-certificate");
  config.client_key = fields.pem("client-key");
  config.token = fields.text("token");
  config.token_file = fields.path("tokenFile");
  config.username = fields.text("username");
  config.password = fields.text("password");
  read_impersonation(fields, config);
  read_exec(fields, config);
  if (config.client_certificate.empty() != config.client_key.empty()) {
    fields.refuse(config.client_key.empty() ? "client-key" : "client-certificate",
                  "is missing; a client certificate needs both");
  }
  if (fields.value().contains("auth-provider")) {
    fields.refuse("auth-provider", "Kubernetes removed it in 1.26; use an exec plugin or a token");
  }
  if (fields.error()) return tl::make_unexpected(*fields.error());
  return {};
}

}  // namespace

Result<ClientConfig> select_context(const Kubeconfig& config, const KubeconfigChoice& choice) {
  const std::string name = choice.context.empty() ? config.current_context : choice.context;
  nlohmann::json context = nlohmann::json::object();
  std::string where = "kubeconfig";
  if (!name.empty()) {
    const auto entry = find_entry(config.contexts, name, where, "context");
    if (!entry) return tl::make_unexpected(entry.error());
    context = (*entry)->value;
    where = (*entry)->where;
  } else if (choice.cluster.empty()) {
    return fail(where, "no current-context; choose one by --context; " + known_names(config.contexts));
  }
  ClientConfig client;
  const std::string cluster = choice.cluster.empty() ? string_or_empty(context, "cluster") : choice.cluster;
  const auto cluster_entry = find_entry(config.clusters, cluster, where, "cluster");
  if (!cluster_entry) return tl::make_unexpected(cluster_entry.error());
  if (auto read = read_cluster(**cluster_entry, client); !read) return tl::make_unexpected(read.error());
  const std::string user = choice.user.empty() ? string_or_empty(context, "user") : choice.user;
  if (!user.empty()) {
    const auto user_entry = find_entry(config.users, user, where, "user");
    if (!user_entry) return tl::make_unexpected(user_entry.error());
    if (auto read = read_user(**user_entry, client); !read) return tl::make_unexpected(read.error());
  }
  const std::string ns = choice.ns.empty() ? string_or_empty(context, "namespace") : choice.ns;
  if (!ns.empty()) client.ns = ns;
  return client;
}

}  // namespace meshtrace::kube
