// Follows the kinds that the audit reads into the store, one thread for each, as the API server comes to serve them.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "controller/audit/object_store.h"
#include "controller/audit/served_kinds.h"
#include "net/client/api_client.h"

namespace meshtrace::auditing {

class KindWatches {
 public:
  // `on_problem` is called, on any thread, with the name of a resource that cannot be read.
  KindWatches(net::ApiClient& client, ObjectStore& store, std::function<void(std::string_view)> on_problem)
      : client_(client), store_(store), on_problem_(std::move(on_problem)) {}
  // What was followed here is forgotten.
  ~KindWatches();

  // Begins with kinds that are new and ends with those that are not there any more.
  void follow(const std::map<audit::Kind, std::string>& kinds);

  // Whether each kind has been listed, or cannot be: the rest is known.
  [[nodiscard]] bool settled() const;

 private:
  struct Watch {
    std::string version;
    std::atomic<bool> has_problem{false};
    std::jthread thread;
  };
  void run(const std::stop_token& stop, audit::Kind kind, Watch& watch);
  void end(audit::Kind kind);

  net::ApiClient& client_;
  ObjectStore& store_;
  const std::function<void(std::string_view)> on_problem_;
  std::map<audit::Kind, std::unique_ptr<Watch>> watches_;
};

}  // namespace meshtrace::auditing
