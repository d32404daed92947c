#include "cli/probe_command.h"

#include <memory>
#include <utility>

#include "cli/output.h"
#include "cli/probe_output.h"
#include "cli/probe_request.h"
#include "cli/probe_store.h"
#include "cli/session.h"
#include "cli/text.h"
#include "core/trace/duration.h"
#include "core/yaml/output.h"
#include "net/client/http_url.h"
#include "net/process/utf8.h"

namespace meshtrace::cli {
namespace {

using std::chrono::milliseconds;

// Of the probed server's reply; it is read to its end, so that no proxy reports a client that hung up, and then
// dropped.
constexpr std::size_t kMaxReplyBytes = 1u << 20;
// Of a store's: some 10,000 spans with their attributes.
constexpr std::size_t kMaxTraceBytes = 16u << 20;

constexpr int kHeaderFieldsTooLarge = 431;

Result<milliseconds> duration(const char* flag, const std::string& text) {
  const auto read = trace::parse_duration(text);
  if (!read) return fail(flag, read.error().what);
  if (read->count() == 0) return fail(flag, "must be longer than nothing");
  return *read;
}

bool asks_store(const ProbeOptions& options) { return !options.jaeger.empty() || !options.tempo.empty(); }

Result<void> check(const ProbeOptions& options) {
  if (!options.jaeger.empty() && !options.tempo.empty()) return fail("", "--jaeger and --tempo: give one of them");
  if (!asks_store(options) && !options.expected.empty()) {
    return fail("--expect", "needs a store to look in: --jaeger or --tempo");
  }
  if (auto usable = net::check_http_url("URL", options.url); !usable) return usable;
  if (!asks_store(options)) return {};
  const char* flag = options.jaeger.empty() ? "--tempo" : "--jaeger";
  const std::string& store = options.jaeger.empty() ? options.tempo : options.jaeger;
  if (store.find_first_of("?#") != std::string::npos) {
    return fail(flag, "must be a URL without query, to which /api/… is added");
  }
  return net::check_http_url(flag, store);
}

// A query may hold a token; what is printed ends up in a pipeline's log.
std::string without_query(const std::string& url) { return url.substr(0, url.find_first_of("?#")); }

std::string token_warning(bool has_token, const std::string& url) {
  if (!has_token || !url.starts_with("http:")) return {};
  return warning_line(without_query(url), "the token goes there in clear; https would hide it");
}

// Everything that can be wrong with the flags is found before anything is sent.
struct Plan {
  net::WebRequest request;
  SendWebRequest send;
  std::optional<StoreQuestion> question;
  SendWebRequest ask;
  std::string warnings;
};

Result<void> plan_question(const ProbeOptions& options, const probe::Context& context, const Environment& environment,
                           Plan& plan) {
  const auto timeout = duration("--timeout", options.timeout);
  if (!timeout) return tl::make_unexpected(timeout.error());
  const auto settle = duration("--settle", options.settle);
  if (!settle) return tl::make_unexpected(settle.error());
  auto server = web_server(options.store, "--store-", environment.variable(kStoreTokenVariable));
  if (!server) return tl::make_unexpected(std::move(server.error()));
  server->client.max_body_bytes = kMaxTraceBytes;
  server->client.redirects = net::WebClientOptions::Redirects::kReturn;
  auto ask = environment.connect_to_web(server->client);
  if (!ask) return tl::make_unexpected(std::move(ask.error()));
  plan.ask = *std::move(ask);
  StoreQuestion question{probe::StoreKind::kJaeger, options.jaeger,      std::move(server->headers), context, {},
                         {*timeout, *settle},       plan.request.timeout};
  if (options.jaeger.empty()) {
    question.kind = probe::StoreKind::kTempo;
    question.url = options.tempo;
  }
  while (question.url.ends_with('/')) question.url.pop_back();
  for (const std::string& service : options.expected) question.expected.push_back(repair_utf8(service));
  plan.warnings += token_warning(server->has_token, question.url);
  plan.question = std::move(question);
  return {};
}

Result<Plan> make_plan(const ProbeOptions& options, const probe::Context& context, const Environment& environment) {
  if (auto checked = check(options); !checked) return tl::make_unexpected(std::move(checked.error()));
  auto server = web_server(options.target, "--", {});
  if (!server) return tl::make_unexpected(std::move(server.error()));
  auto request = probe_request(options, context, *server);
  if (!request) return tl::make_unexpected(std::move(request.error()));
  const auto timeout = duration("--request-timeout", options.request_timeout);
  if (!timeout) return tl::make_unexpected(timeout.error());
  request->timeout = *timeout;
  server->client.max_body_bytes = kMaxReplyBytes;
  server->client.redirects = net::WebClientOptions::Redirects::kFollow;
  auto send = environment.connect_to_web(server->client);
  if (!send) return tl::make_unexpected(std::move(send.error()));
  Plan plan{*std::move(request), *std::move(send), {}, {}, token_warning(server->has_token, options.url)};
  if (!asks_store(options)) return plan;
  if (auto planned = plan_question(options, context, environment, plan); !planned) {
    return tl::make_unexpected(std::move(planned.error()));
  }
  return plan;
}

Result<probe::Context> make_context(const ProbeOptions& options, const Environment& environment) {
  const std::uint64_t high = environment.random();
  const std::uint64_t low = environment.random();
  const probe::Context random = probe::random_context(high, low, environment.random());
  return options.trace_id.empty() ? random : probe::wanted_context(options.trace_id, random);
}

void take_reply(net::WebReply reply, ProbeReport& report) {
  for (auto& [name, value] : reply.headers) value = repair_utf8(value);
  report.headers = probe::telling_headers(reply.headers);
  report.other_traces = probe::other_trace_ids(reply.headers, report.context);
  report.reply = std::move(reply);
}

std::string notes(const ProbeReport& report) {
  std::string lines;
  if (report.reply.left_origin) {
    lines +=
        note_line("", "a redirect led to another origin; headers of -H, --host, body and certificate stayed behind");
  }
  if (report.reply.status == kHeaderFieldsTooLarge) {
    lines += note_line("", "431: a hop takes fewer or smaller headers than were sent");
  }
  if (!report.stored) return lines;
  for (const std::string& note : report.stored->notes) lines += note_line(probe::store_name(report.stored->kind), note);
  return lines;
}

std::string printed(const ProbeReport& report, const std::string& output) {
  if (output == "json") return json_text(probe_json(report));
  return output == "yaml" ? yaml::yaml_document(probe_json(report)) : probe_text(report);
}

}  // namespace

Outcome run_probe(const ProbeOptions& options, const Environment& environment) {
  const auto context = make_context(options, environment);
  if (!context) return failure({context.error()});
  const auto plan = make_plan(options, *context, environment);
  if (!plan) return failure({plan.error()});
  const std::string shown_url = without_query(options.url);
  auto reply = plan->send(plan->request);
  if (!reply) return failure({{shown_url, reply.error().message()}});

  ProbeReport report{*context, plan->request.method, shown_url, {}, {}, {}, {}};
  take_reply(*std::move(reply), report);
  Outcome outcome;
  outcome.err = plan->warnings;
  if (plan->question) {
    auto stored = follow_trace(*plan->question, plan->ask, environment);
    if (stored) {
      outcome.status = stored->verdict.outcome == probe::Outcome::kWhole ? kOk : kInvalid;
      report.stored = *std::move(stored);
    } else {
      outcome.status = kFailed;
      outcome.err += error_line(stored.error());
    }
  }
  outcome.err += notes(report);
  outcome.out = printed(report, options.output);
  return outcome;
}

}  // namespace meshtrace::cli
