#include "controller/program.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "controller/audit/auditor.h"
#include "controller/cache.h"
#include "controller/certificates/runner.h"
#include "controller/election.h"
#include "controller/endpoints.h"
#include "controller/event_sender.h"
#include "controller/health.h"
#include "controller/informers.h"
#include "controller/mesh_watch.h"
#include "controller/metrics.h"
#include "controller/reconciler.h"
#include "controller/services.h"
#include "controller/workloads/pod_watch.h"
#include "controller/writer.h"
#include "net/client/config_files.h"
#include "net/client/informer.h"
#include "net/process/log.h"
#include "net/process/readiness_log.h"
#include "net/process/signals.h"

namespace meshtrace::controller {
namespace {

constexpr std::chrono::milliseconds kRefreshInterval{1'000};  // between two looks at readiness
// A Service of a tracing provider that appears or goes is noticed within this time.
constexpr std::chrono::milliseconds kServiceAge{60'000};
// Of a write, so that one that hangs does not outlive the lease under which it began.
constexpr std::chrono::seconds kWriteTimeout{5};
// Where the manifests mount a token for istiod (LookOptions::token_file); outside of a pod there is none.
constexpr const char* kIstiodToken = "/var/run/secrets/tokens/istio-token";

int failed(const Error& error) {
  log::error("cannot start", {{"error", error.message()}});
  return kExitFailed;
}

Result<std::unique_ptr<net::ApiClient>> connect(const kube::ClientConfig& cluster, std::chrono::seconds timeout) {
  net::ApiClientOptions options;
  options.cluster = cluster;
  options.user_agent = "meshtrace-controller";
  options.request_timeout = timeout;
  return net::ApiClient::create(std::move(options));
}

// Requests, timed. One that is under way at the end is waited for: nobody else may write before it is over.
Send measured(net::ApiClient& client, Metrics& metrics) {
  return [&client, &metrics](const kube::Request& request) {
    const auto start = std::chrono::steady_clock::now();
    auto reply = client.send(request, std::stop_token());
    metrics.observe_request(request.method, reply ? reply->status : 0, std::chrono::steady_clock::now() - start);
    return reply;
  };
}

certificates::Options certificate_options(const Options& options) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  certificates::Options result;
  result.ns = options.own_namespace;
  result.service = options.certificates.webhook_service;
  result.authority_secret = options.certificates.authority_secret;
  result.leaf_secret = options.certificates.leaf_secret;
  result.leaf_lifetime = duration_cast<seconds>(options.certificates.leaf_lifetime);
  result.authority_lifetime = duration_cast<seconds>(options.certificates.authority_lifetime);
  result.propagation_delay = duration_cast<seconds>(options.certificates.propagation_delay);
  return result;
}

certificates::Hooks certificate_hooks(std::function<bool()> leading, Metrics& metrics) {
  certificates::Hooks hooks;
  hooks.leading = std::move(leading);
  hooks.on_report = [&metrics](const certificates::Report& report) {
    if (report.leaf_expires) metrics.set_certificate_expiry(report.leaf_expires->time_since_epoch().count());
    if (!report.problem.empty()) metrics.count_error("certificates");
  };
  return hooks;
}

// Everything that talks to the API server, in the order in which it begins; it ends in reverse, so that the lease is
// given up after the last write.
class Work {
 public:
  Work(const Options& options, Cache& cache, Metrics& metrics) : options_(options), cache_(cache), metrics_(metrics) {}
  ~Work() {
    for (std::jthread& thread : threads_) thread.request_stop();  // all at once, before each is waited for
  }

  Result<void> start(const kube::ClientConfig& cluster) {
    for (auto [client, timeout] :
         {std::pair(&reader_, net::ApiClientOptions().request_timeout), std::pair(&client_, kWriteTimeout)}) {
      auto connected = connect(cluster, timeout);
      if (!connected) return tl::make_unexpected(connected.error());
      *client = std::move(*connected);
    }
    if (options_.leader_election.enabled && !options_.dry_run) {
      auto election = Election::start(options_, cluster, metrics_, [this] { cache_.wake(); });
      if (!election) return tl::make_unexpected(election.error());
      election_ = std::move(*election);
    } else {
      metrics_.set_leader(!options_.dry_run);
    }
    make_auditor();
    informers_ = start_informers(*reader_, options_.root_namespace, cache_, metrics_, teller());
    pods_ = std::make_unique<workloads::PodWatch>(*reader_);
    start_parts();
    return {};
  }

 private:
  [[nodiscard]] bool leading() const { return !election_ || election_->leading(); }

  // Finds, and writes nothing but reports; --dry-run has nobody to report to.
  void make_auditor() {
    if (!options_.audit.enabled || options_.dry_run) return;
    auditing::AuditorOptions audit;
    audit.root_namespace = options_.root_namespace;
    audit.interval = options_.audit.interval;
    auditor_ = std::make_unique<auditing::Auditor>(
        audit, auditing::AuditorParts{
                   *reader_, [this] { return leading(); }, [this] { return mesh_watch_->versions().istiod; },
                   [this](const audit::Tally* tally) { metrics_.set_audit(tally); }, [this] { cache_.wake(); },
                   [this](std::string_view source) { metrics_.count_error(source); }});
  }

  // What the cache's informers see, for the kinds that the audit reads, too.
  Tell teller() {
    if (!auditor_) return {};
    return [this](Kind kind, const kube::Change& change) {
      const kube::Resource resource = resource_of(kind);
      const std::string api_version =
          resource.group.empty() ? resource.version : resource.group + "/" + resource.version;
      const auto audited = audit::find_kind(api_version, name_of(kind));
      if (audited && auditing::Auditor::told_kinds().has(*audited)) auditor_->tell(*audited, resource.version, change);
    };
  }

  void start_parts() {
    Send send = measured(*client_, metrics_);
    MeshWatchOptions watch;
    watch.root_namespace = options_.root_namespace;
    watch.own_namespace = options_.own_namespace;
    watch.token_file = kIstiodToken;
    watch.refresh = options_.resync_period;
    mesh_watch_ = std::make_unique<MeshWatch>(watch, send, metrics_, [this] { cache_.wake(); });
    services_ = std::make_unique<Services>(send, kServiceAge);
    events_ =
        std::make_unique<EventSender>(kube::EventRecorderOptions{.reporting_controller = "meshtrace.io/controller",
                                                                 .reporting_instance = host_name()},
                                      send);
    if (options_.dry_run) {
      writer_ = std::make_unique<PrintingWriter>(cache_);
    } else {
      writer_ = std::make_unique<ApiWriter>(send, [this] { return leading(); }, cache_, metrics_);
      run_thread([this](const std::stop_token& stop) { events_->run(stop); });
    }
    run_thread([this](const std::stop_token& stop) { mesh_watch_->run(stop); });
    start_reconciler();
    if (auditor_) run_thread([this](const std::stop_token& stop) { auditor_->run(stop); });
    if (options_.certificates.manage && !options_.dry_run) {
      run_thread([this](const std::stop_token& stop) {
        certificates::run_certificates(stop, *client_, certificate_options(options_),
                                       certificate_hooks([this] { return leading(); }, metrics_));
      });
    }
  }

  void start_reconciler() {
    ReconcilerOptions reconciler;
    reconciler.root_namespace = options_.root_namespace;
    reconciler.mesh_config_writes = options_.mesh_config_writes;
    reconciler.resync = options_.resync_period;
    reconciler.verify_writes = !options_.dry_run;
    ReconcilerParts parts{cache_,
                          *writer_,
                          *mesh_watch_,
                          *services_,
                          *events_,
                          metrics_,
                          [this] { return leading(); },
                          [this](const auto& index) { return pods_->observe(index); }};
    if (auditor_) parts.audit = [this] { return auditor_->summaries(); };
    reconciler_ = std::make_unique<Reconciler>(reconciler, std::move(parts), net::system_random());
    run_thread([this](const std::stop_token& stop) { reconciler_->run(stop); });
  }

  template <class Body>
  void run_thread(Body body) {
    threads_.emplace_back(std::move(body));
  }

  const Options& options_;
  Cache& cache_;
  Metrics& metrics_;
  std::unique_ptr<net::ApiClient> reader_;  // lists and watches
  std::unique_ptr<net::ApiClient> client_;
  std::unique_ptr<Election> election_;
  std::unique_ptr<MeshWatch> mesh_watch_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<EventSender> events_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<workloads::PodWatch> pods_;
  std::unique_ptr<auditing::Auditor> auditor_;
  std::vector<std::jthread> informers_;
  std::vector<std::jthread> threads_;
};

}  // namespace

int run(const Options& options) {
  log::init(options.log_level);
  const Signals signals;  // before any thread, so that none of them takes a signal
  const bool in_pod = options.kubeconfig.empty() && net::in_cluster();
  const auto cluster = in_pod ? net::load_in_cluster_config() : net::load_kubeconfig(options.kubeconfig, {});
  if (!cluster) return failed(cluster.error());
  if (const auto checked = certificates::check(certificate_options(options)); !checked) return failed(checked.error());
  Metrics metrics;
  Cache cache(options.root_namespace);
  Health health(cache);
  // A certificate that nobody trusts: probes do not check it, and Prometheus is told not to.
  const auto tls = net::TlsContext::create_self_signed();
  if (!tls) return failed(tls.error());
  const auto listening = net::Server::listen(options.server, *tls);
  if (!listening) return failed(listening.error());
  net::Server& server = **listening;
  server.serve(endpoints(health, metrics, [&server] { return server.stats(); }));
  Work work(options, cache, metrics);
  if (const auto started = work.start(*cluster); !started) return failed(started.error());
  log::info("serving", {{"address", server.address()}, {"version", MESHTRACE_VERSION}});

  log::ReadinessLog readiness;
  int signal = 0;
  while ((signal = signals.wait(kRefreshInterval)) == 0) readiness.look(health.not_ready());
  log::info("ending", {{"signal", signal}});
  health.set_ending();
  return kExitOk;
}

}  // namespace meshtrace::controller
