#include "cli/audit_cluster.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "cli/audit_config_maps.h"
#include "cli/audit_list.h"
#include "cli/audit_reads.h"
#include "cli/parallel.h"
#include "core/base/json.h"
#include "kube/json.h"
#include "kube/object_request.h"

namespace meshtrace::cli {
namespace {

using audit::Kind;
using nlohmann::json;

constexpr std::size_t kConnections = 4;             // what one user may ask for at a time without being in the way
constexpr std::size_t kMaxNamedConfigMaps = 5'000;  // got one by one: some ten seconds

// The group versions that the API server serves. Without the right to know, all are tried.
Result<void> discover(ClusterReading& reading) {
  kube::Request request;
  request.path = kGroupsPath;
  const auto reply = send_patiently(reading, request);
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status == kube::kUnauthorized) {
    return fail("", "the API server does not accept these credentials (" + kube::describe_refusal(*reply) + ")");
  }
  if (!reply->ok()) return {};
  const auto list = kube::parse_json("the API server's groups", reply->body);
  if (!list) return tl::make_unexpected(list.error());
  reading.served.emplace();
  for (const json& group : array_member(*list, {"groups"})) {
    for (const json& version : array_member(group, {"versions"})) {
      (*reading.served)[string_member(group, {"name"})].insert(string_member(version, {"version"}));
    }
  }
  return {};
}

class Reader {
 public:
  Reader(ClusterReading& reading, const AuditCluster& options, const Environment& environment)
      : reading_(reading), options_(options), environment_(environment) {
    input_.is_cluster = true;
  }

  AuditInput read() {
    const std::vector<Kind> kinds = kinds_to_list(options_.codes);
    std::vector<ListedKind> lists(kinds.size());
    each(kinds.size(), "kinds", [&](std::size_t i) { lists[i] = list_kind(reading_, kinds[i]); });
    for (std::size_t i = 0; i < kinds.size(); ++i) take(kinds[i], std::move(lists[i]));
    if (reads_config_maps(options_.codes)) read_config_maps();
    for (const audit::KindName& name : audit::kind_names()) {
      if (!whole_.has(name.kind)) input_.unread.add(name.kind);
    }
    return std::move(input_);
  }

 private:
  void take(Kind kind, ListedKind listed) {
    std::move(listed.objects.begin(), listed.objects.end(), std::back_inserter(input_.objects));
    input_.seen += listed.seen;
    if (listed.problem) input_.problems.push_back(*std::move(listed.problem));
    if (listed.is_whole) whole_.add(kind);
  }

  // The mesh's, then those that what was read names, then those that these name.
  void read_config_maps() {
    ListedKind all = list_kind_in(reading_, Kind::kConfigMap, options_.root_namespace);
    std::set<NamespacedName> asked;
    for (const audit::ObjectPointer& object : all.objects) asked.emplace(object->ref.ns, object->ref.name);
    std::set<NamespacedName> named = named_config_maps(input_.objects);
    for (int round = 0; round < 2; ++round) {
      std::erase_if(named, [&](const NamespacedName& name) {
        return name.first == options_.root_namespace || asked.contains(name);
      });
      ListedKind part = get_config_maps({named.begin(), named.end()});
      asked.merge(named);
      named = named_config_maps(part.objects);
      append(all, std::move(part));
    }
    take(Kind::kConfigMap, std::move(all));
  }

  ListedKind get_config_maps(std::vector<NamespacedName> names) {
    ListedKind all;
    all.is_whole = true;
    if (names.size() > kMaxNamedConfigMaps) {
      all.is_whole = false;
      all.problem = Error{"configmaps", fmt::format("{} are named by workloads; only the first {} were read",
                                                    names.size(), kMaxNamedConfigMaps)};
      names.resize(kMaxNamedConfigMaps);
    }
    std::vector<ListedKind> parts(names.size());
    each(names.size(), "ConfigMaps", [&](std::size_t i) { parts[i] = get_config_map(names[i]); });
    for (ListedKind& part : parts) append(all, std::move(part));
    return all;
  }

  // One that is not there is no problem of the reading's.
  ListedKind get_config_map(const NamespacedName& wanted) {
    const audit::KindName& name = audit::name_of(Kind::kConfigMap);
    const auto problem = [&](const std::string& why) {
      ListedKind failed;
      failed.problem =
          Error{"configmaps", fmt::format("{}/{} could not be read: {}", wanted.first, wanted.second, why)};
      return failed;
    };
    const kube::Resource resource{"", "v1", std::string(name.plural), wanted.first};
    const auto reply = send_patiently(reading_, kube::get_request(resource, wanted.second));
    if (!reply) return problem(reply.error().message());
    ListedKind got;
    got.is_whole = true;
    if (reply->status == kube::kNotFound) return got;
    if (!reply->ok()) return problem(kube::describe_refusal(*reply));
    auto object = kube::parse_json("the API server's answer", reply->body);
    if (!object) return problem(object.error().message());
    keep_object(reading_, name, "v1", *std::move(object), got);
    return got;
  }

  void each(std::size_t jobs, std::string_view what, std::function<void(std::size_t)> run) {
    std::atomic<std::size_t> done = 0;
    Parallel work;
    work.jobs = jobs;
    work.threads = kConnections;
    work.run = [&](std::size_t job) {
      run(job);
      ++done;
    };
    work.tick = [&] {
      environment_.progress(fmt::format("reading the cluster: {} objects, {} of {} {}", reading_.objects.load(),
                                        done.load(), jobs, what));
    };
    run_parallel(work);
  }

  ClusterReading& reading_;
  const AuditCluster& options_;
  const Environment& environment_;
  audit::Kinds whole_;
  AuditInput input_;
};

}  // namespace

Result<AuditInput> read_audit_cluster(const Cluster& cluster, const AuditCluster& options,
                                      const Environment& environment) {
  ClusterReading reading{.cluster = cluster};
  if (!options.fallback_namespace.empty()) {
    reading.fallback_namespaces.push_back(options.fallback_namespace);
    if (options.fallback_namespace != options.root_namespace) {
      reading.fallback_namespaces.push_back(options.root_namespace);
    }
  }
  if (auto discovered = discover(reading); !discovered) return tl::make_unexpected(std::move(discovered.error()));
  return Reader(reading, options, environment).read();
}

}  // namespace meshtrace::cli
