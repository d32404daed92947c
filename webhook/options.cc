#include "webhook/options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>

#include "core/trace/duration.h"

namespace meshtrace::webhook {
namespace {

constexpr int kMaxThreads = 64;

constexpr const char* kDescription =
    "Adds the tracing environment to pods as the API server admits them, as TracingPolicies say.\n"
    "Serves /mutate, /validate, /healthz, /readyz and /metrics over HTTPS.";

constexpr const char* kFooter =
    "SIGTERM and SIGINT end it gracefully, a second one at once.\n"
    "Exit codes: 0 ended gracefully, 1 could not start, 2 wrong command line, 128+N ended at once by signal N.";

// "10s", "1m30s", "500ms"; a bare number means seconds, as in the probes' fields of a pod.
Result<std::chrono::milliseconds> parse_time(const std::string& text) {
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return trace::parse_duration(is_number ? text + "s" : text);
}

// An empty text for a time, an error for anything else.
std::string check_time(const std::string& text) {
  const auto time = parse_time(text);
  return time ? "" : time.error().message();
}

// What the command line holds before it becomes Options.
struct Raw {
  std::string drain_delay;
  std::string drain_timeout;
  std::string log_level = "info";
};

void add_flags(CLI::App& app, Options& options, Raw& raw) {
  app.set_version_flag("--version", "meshtrace-webhook " MESHTRACE_VERSION, "Print the version and end");
  app.add_option("--bind-address", options.server.address,
                 "IP address to listen on; 0.0.0.0 and :: mean all interfaces, IPv4 and IPv6")
      ->capture_default_str();
  app.add_option("--secure-port", options.server.port, "HTTPS port; 0 takes a free one, which the log names")
      ->capture_default_str();
  app.add_option("--tls-cert-file", options.certificate_path, "PEM certificate and chain; read again when it changes")
      ->capture_default_str();
  app.add_option("--tls-private-key-file", options.key_path, "PEM private key of the certificate")
      ->capture_default_str();
  auto* directory = app.add_option("--policy-dir", options.policy_dir,
                                   "Folder of TracingPolicies in YAML or JSON, instead of the API server's; polled");
  app.add_option("--kubeconfig", options.kubeconfig,
                 "How to reach the API server; default: the pod's service account, outside a pod as kubectl")
      ->excludes(directory);
  app.add_option("--root-namespace", options.root_namespace, "The mesh's root namespace")->capture_default_str();
  app.add_option("--drain-delay", raw.drain_delay,
                 "Time between a signal and the end of accepting, unready, for endpoints to propagate: 5s, 500ms, or "
                 "seconds")
      ->capture_default_str()
      ->check(check_time);
  app.add_option("--drain-timeout", raw.drain_timeout, "Time for requests in flight to finish after that")
      ->capture_default_str()
      ->check(check_time);
  app.add_option("--threads", options.server.threads, "Threads that serve connections")
      ->capture_default_str()
      ->check(CLI::Range(1, kMaxThreads));
  app.add_option("--max-connections", options.server.max_connections,
                 "Open connections; one more evicts another, the idlest first")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--log-level", raw.log_level, "debug, info, warn or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

}  // namespace

std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv) {
  Options options;
  Raw raw{.drain_delay = trace::format_duration(options.drain_delay),
          .drain_timeout = trace::format_duration(options.drain_timeout)};
  CLI::App app(kDescription, "meshtrace-webhook");
  app.footer(kFooter);
  app.get_formatter()->column_width(36);
  app.option_defaults()->take_last();  // as Kubernetes' programs do: an overlay appends what it changes
  add_flags(app, options, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
      std::cerr << "meshtrace-webhook: " << error.what() << "\nRun meshtrace-webhook --help for the flags.\n";
      return kExitUsage;
    }
    app.exit(error, std::cout, std::cerr);
    return kExitOk;
  }
  options.drain_delay = parse_time(raw.drain_delay).value_or(options.drain_delay);
  options.drain_timeout = parse_time(raw.drain_timeout).value_or(options.drain_timeout);
  options.log_level = log::parse_level(raw.log_level).value_or(log::Level::kInfo);
  return options;
}

}  // namespace meshtrace::webhook
