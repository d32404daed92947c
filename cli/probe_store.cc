#include "cli/probe_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/text.h"
#include "kube/json.h"

namespace meshtrace::cli {
namespace {

using probe::Answer;
using std::chrono::milliseconds;

// However little time is left, the last question gets so much.
constexpr milliseconds kShortestRequest{1'000};

// The body's JSON values: one, or one a line, as a stream of Protobuf messages is written. None if it is no JSON.
std::vector<nlohmann::json> documents_of(const std::string& body) {
  if (auto whole = kube::parse_json({}, body)) return {*std::move(whole)};
  std::vector<nlohmann::json> documents;
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto document = kube::parse_json({}, line);
    if (!document) return {};
    documents.push_back(*std::move(document));
  }
  return documents;
}

class Follower {
 public:
  Follower(const StoreQuestion& question, const SendWebRequest& send, const Environment& environment)
      : question_(question), send_(send), environment_(environment), started_(environment.moment()) {}

  Result<StoredTrace> run() {
    probe::Completion completion(question_.completion);
    std::optional<StoredTrace> last;
    while (true) {
      Answer answer = ask();
      if (answer.kind == Answer::Kind::kImpossible) return fail(question_.url, answer.problem);
      if (answer.kind == Answer::Kind::kNotYet) {
        problem_ = answer.problem;
        tell(fmt::format("{}: {}; asking again", question_.url, answer.problem));
      } else {
        problem_.clear();
        // A part of the store may be away for a moment; what was seen stays seen.
        if (!last || answer.list.spans.size() >= most_spans_) {
          most_spans_ = answer.list.spans.size();
          last = read(std::move(answer.list));
        }
        tell_of(*last);
        if (completion.add(sight_of(*last), passed())) return *std::move(last);
      }
      const auto wait = completion.next(passed());
      if (!wait) break;
      environment_.wait(*wait);
    }
    if (!last) return fail(question_.url, problem_);
    if (!problem_.empty()) last->notes.push_back("the store answers no more: " + problem_);
    return *std::move(last);
  }

 private:
  [[nodiscard]] milliseconds passed() const {
    return std::chrono::duration_cast<milliseconds>(environment_.moment() - started_);
  }

  // One answer of the store: of the API that knows the trace, else of each in turn.
  Answer ask() {
    Answer last{Answer::Kind::kNotYet, {}, {}};
    bool was_denied = false;  // by a plain 404: this is a store, and it does not have the trace
    for (const probe::StoreApi& api : probe::apis_of(question_.kind)) {
      if (!api_.empty() && api.version != api_) continue;
      last = ask(api);
      if (last.kind == Answer::Kind::kTrace && !last.list.spans.empty()) api_ = api.version;
      if (last.kind != Answer::Kind::kNothing) return last;
      was_denied = was_denied || last.problem.empty();
    }
    if (!was_denied) last.kind = Answer::Kind::kNotYet;
    return last;
  }

  Answer ask(const probe::StoreApi& api) {
    net::WebRequest request;
    request.url = fmt::format("{}{}{}", question_.url, api.path, question_.context.trace_id);
    request.headers = {{"Accept", "application/json"}};
    request.private_headers = question_.headers;
    const milliseconds left = std::max(question_.completion.timeout - passed(), kShortestRequest);
    request.timeout = std::min(question_.request_timeout, left);
    const auto reply = send_(request);
    if (!reply) return {Answer::Kind::kNotYet, {}, reply.error().message()};
    if (!reply->body_is_whole) {
      return {Answer::Kind::kImpossible, {}, fmt::format("its answer is longer than {} MiB", reply->body.size() >> 20)};
    }
    return probe::read_answer(api, reply->status, documents_of(reply->body));
  }

  [[nodiscard]] StoredTrace read(probe::SpanList list) const {
    StoredTrace stored{question_.kind, std::string(api_), {}, {}, {}};
    stored.tree = probe::build_tree(std::move(list.spans), question_.context.span_id);
    stored.verdict = probe::judge(stored.tree, question_.expected);
    if (!list.note.empty()) stored.notes.push_back("the store says: " + list.note);
    if (list.left_out > 0) {
      stored.notes.push_back(
          fmt::format("{} spans over the first {} were not looked at", list.left_out, probe::kMaxSpans));
    }
    if (list.unreadable > 0)
      stored.notes.push_back(fmt::format("{} spans without an id were left out", list.unreadable));
    return stored;
  }

  [[nodiscard]] probe::Sight sight_of(const StoredTrace& stored) const {
    probe::Sight sight{stored.tree.spans.size(), stored.tree.is_joined(), {}};
    const auto& hops = stored.verdict.hops;
    if (!hops.empty()) {
      sight.all_expected = std::all_of(hops.begin(), hops.end(), [](const probe::Hop& hop) { return hop.seen; });
    }
    return sight;
  }

  void tell_of(const StoredTrace& stored) {
    tell(fmt::format("waiting for the trace; so far spans: {}, services: {}", stored.tree.spans.size(),
                     stored.verdict.services.size()));
  }

  // For work of over a second, and only what is new.
  void tell(std::string line) {
    if (line == told_ || passed() < std::chrono::seconds(1)) return;
    environment_.progress(printable(line));
    told_ = std::move(line);
  }

  const StoreQuestion& question_;
  const SendWebRequest& send_;
  const Environment& environment_;
  const kube::Moment started_;
  std::string_view api_;  // version of the API that knows the trace
  std::size_t most_spans_ = 0;
  std::string problem_;  // of the last answer, if it was none
  std::string told_;
};

}  // namespace

Result<StoredTrace> follow_trace(const StoreQuestion& question, const SendWebRequest& send,
                                 const Environment& environment) {
  return Follower(question, send, environment).run();
}

}  // namespace meshtrace::cli
