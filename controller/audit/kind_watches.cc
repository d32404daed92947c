#include "controller/audit/kind_watches.h"

#include <utility>
#include <vector>

#include "kube/reflector.h"
#include "net/client/informer.h"
#include "net/process/log.h"

namespace meshtrace::auditing {
namespace {

using audit::Kind;

// Of one kind: some kilobytes each are kept.
constexpr std::size_t kMaxObjects = 20'000;
// A kind that may not be read is asked for at most so often, for ever: somebody may give the right.
constexpr kube::BackoffOptions kBackoff{std::chrono::milliseconds(200), std::chrono::seconds(60)};

// At once, so that a page is never held with what nobody reads.
void trim(nlohmann::json& object) {
  kube::drop_managed_fields(object);
  object.erase("status");
}

kube::ReflectorOptions options_for(Kind kind, const std::string& version) {
  const audit::KindName& name = audit::name_of(kind);
  kube::ReflectorOptions options;
  options.resource = {std::string(name.group), version, std::string(name.plural), ""};
  options.trim = trim;
  options.max_objects = kMaxObjects;
  options.backoff = kBackoff;
  return options;
}

}  // namespace

KindWatches::~KindWatches() {
  for (const auto& [kind, watch] : watches_) watch->thread.request_stop();  // all, before each is waited for
  while (!watches_.empty()) end(watches_.begin()->first);
}

void KindWatches::end(Kind kind) {
  watches_.erase(kind);  // waits for its thread
  store_.forget(kind);
}

void KindWatches::follow(const std::map<Kind, std::string>& kinds) {
  std::vector<Kind> gone;
  for (const auto& [kind, watch] : watches_) {
    const auto still = kinds.find(kind);
    if (still == kinds.end() || still->second != watch->version) gone.push_back(kind);
  }
  for (const Kind kind : gone) end(kind);
  for (const auto& [kind, version] : kinds) {
    if (watches_.contains(kind)) continue;
    auto watch = std::make_unique<Watch>();
    watch->version = version;
    Watch& started = *watches_.emplace(kind, std::move(watch)).first->second;
    started.thread =
        std::jthread([this, kind = kind, &started](const std::stop_token& stop) { run(stop, kind, started); });
  }
}

bool KindWatches::settled() const {
  for (const auto& [kind, watch] : watches_) {
    if (!store_.knows(kind) && !watch->has_problem.load()) return false;
  }
  return true;
}

void KindWatches::run(const std::stop_token& stop, Kind kind, Watch& watch) {
  kube::Reflector reflector(options_for(kind, watch.version), net::system_random());
  const std::string name = options_for(kind, watch.version).resource.name();
  std::string said;
  net::InformerHandlers handlers;
  handlers.on_change = [&](const kube::Change& change) { store_.apply(kind, watch.version, change); };
  handlers.on_problem = [&](const kube::Reflector::Problem& problem) {
    watch.has_problem.store(true);
    if (std::exchange(said, problem.message) == problem.message) return;  // once
    on_problem_(name);
    log::warn("the audit cannot read a resource, and goes on without what changes there",
              {{"resource", name}, {"problem", problem.message}});
  };
  handlers.on_current = [&] { said.clear(); };
  net::run_informer(stop, client_, reflector, handlers);
}

}  // namespace meshtrace::auditing
