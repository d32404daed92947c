// Follows one collection of the API server: list, then watch from the list's version, for ever. An explicit state
// machine without sockets, clock or thread: it says what to send next, is told what came back, and gives out changes.
// net/client/informer.h drives it.
//
//            410, ERROR event, bad line, refused watch
//          +-------------------------------------------+
//          v                                           |
//   Listing (page, page, …) --complete--> Watching (line, line, …) --ended or broken--> Watching, from the last version
//          ^  | failed, continue token expired (410)
//          +--+
//
// Each way that follows a failure waits for the back-off, which a watch that proved healthy resets.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "kube/backoff.h"
#include "kube/reply.h"
#include "kube/request.h"
#include "kube/time.h"

namespace meshtrace::kube {

// managedFields is often half of an object and says nothing to most readers.
void drop_managed_fields(nlohmann::json& object);

struct ReflectorOptions {
  Resource resource;
  Selection selection = {};
  // Takes what nobody will read out of each object as soon as it comes, so that a large collection is never held whole.
  // metadata.namespace, .name and .resourceVersion must stay.
  std::function<void(nlohmann::json& object)> trim = drop_managed_fields;
  int page_limit = 500;              // objects in a page of a list
  std::size_t max_objects = 50'000;  // in the collection: bounds memory; more is a problem that is reported
  // A watch ends, by the server, after a random time between these; client-go takes 5 to 10 minutes, but load
  // balancers and cpprest's time-out are kinder to less.
  std::chrono::seconds watch_timeout_min{240};
  std::chrono::seconds watch_timeout_max{295};
  // A watch that lasted this long was healthy, whether or not anything happened.
  std::chrono::milliseconds healthy_watch{1000};
  BackoffOptions backoff;
};

struct Change {
  enum class Kind { kReplace, kUpsert, kDelete } kind;
  std::vector<nlohmann::json> objects;  // kReplace: the whole collection; otherwise one object
};

class Reflector {
 public:
  Reflector(ReflectorOptions options, Random random);

  struct Step {
    enum class Kind { kList, kWatch } kind;
    Request request;
    std::chrono::milliseconds delay;  // wait this long before sending it
  };
  // What to do now. The delay is given out once: ask once for each step.
  Step next();

  struct Problem {
    int status = 0;  // HTTP status; 0: no reply at all
    std::string message;
  };
  struct Progress {
    std::optional<Change> change;
    std::optional<Problem> problem;
    bool keep_reading = true;  // on_watch_line(): false ends this watch; ask next()
  };
  // A page of the list came, or a refusal.
  Progress on_list_reply(const Reply& reply);
  // No reply came: to the list, or to the watch.
  Progress on_no_reply(const Error& error);
  // The watch was answered: 200, lines will follow; anything else is a refusal.
  Progress on_watch_reply(const Reply& reply, Moment now);
  Progress on_watch_line(std::string_view line);
  // The watch's stream ended: by the server (no error), or broken. What was known stays known.
  Progress on_watch_end(const std::optional<Error>& error, Moment now);
  // A line was longer than the limit: what it said is lost, so everything is listed again.
  Progress on_watch_line_too_long();

 private:
  struct Listing {
    std::string continue_token;
    std::vector<nlohmann::json> objects;
  };
  struct Watching {
    std::string resource_version;
    Moment opened;
    bool progressed = false;  // a line was understood
  };

  Progress list_again(Problem problem);
  Progress watch_again(Problem problem);
  Result<void> take_page(nlohmann::json page);
  void back_off(const std::optional<std::chrono::seconds>& at_least = std::nullopt);
  [[nodiscard]] std::string doing() const;

  ReflectorOptions options_;
  Random random_;
  Backoff backoff_;
  std::chrono::milliseconds delay_{0};
  std::variant<Listing, Watching> state_;
};

}  // namespace meshtrace::kube
