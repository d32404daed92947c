#include <memory>

#include "cli/probe_command.h"

namespace meshtrace::cli {
namespace {

CLI::Option* add_text(CLI::App& app, const char* names, std::string& value, const char* what, const char* type) {
  return app.add_option(names, value, what)->type_name(type);
}

void add_request(CLI::App& app, ProbeOptions& options) {
  add_text(app, "url", options.url, "What to request; http:// or https://", "URL")->required();
  add_text(app, "--method", options.method, "HTTP method (default: GET, with --data POST)", "METHOD");
  add_text(app, "--data", options.data, "Body to send", "TEXT");
  add_text(app, "--host", options.host, "Host header, and the name in the server's certificate, instead of the URL's",
           "NAME");
  app.add_option("-H,--header", options.target.headers, "Header, or @FILE with one on each line; can be given again")
      ->allow_extra_args(false)
      ->type_name("NAME:VALUE");
  add_text(app, "--token-file", options.target.token_file, "File with a bearer token for the server", "FILE");
  add_text(app, "--cacert,--certificate-authority", options.target.certificate_authority,
           "CAs to trust (default: the system's)", "FILE");
  add_text(app, "--cert,--client-certificate", options.target.certificate, "Client certificate, with its chain",
           "FILE");
  add_text(app, "--key,--client-key", options.target.key, "Its key", "FILE");
  app.add_flag("--insecure-skip-tls-verify", options.target.insecure_skip_tls_verify,
               "Take any certificate of the server");
  add_text(app, "--request-timeout", options.request_timeout, "For the reply (default: 10s)", "DURATION");
}

void add_context(CLI::App& app, ProbeOptions& options) {
  add_text(app, "--trace-id", options.trace_id,
           "32 hexadecimal digits, or a whole traceparent (default: random; W3C's synthetic id, 1 with zeros before "
           "it, is everybody's)",
           "ID");
  add_text(app, "--tracestate", options.tracestate, "tracestate to send", "VALUE");
  add_text(app, "--baggage", options.baggage, "baggage to send", "VALUE");
}

void add_store(CLI::App& app, ProbeOptions& options) {
  add_text(app, "--jaeger", options.jaeger, "Jaeger's query URL, such as http://127.0.0.1:16686", "URL");
  add_text(app, "--tempo", options.tempo, "Tempo's URL, such as http://127.0.0.1:3200", "URL");
  app.add_option("--expect", options.expected,
                 "Services that the trace must have, in the order of the path; globs, commas or several times")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("SERVICE");
  add_text(app, "--timeout", options.timeout, "How long to wait for the trace (default: 30s)", "DURATION");
  add_text(app, "--settle", options.settle,
           "Without --expect: complete when no span came for so long (default: 6s, as SDKs send every 5s)", "DURATION");
  app.add_option("--store-header", options.store.headers, "Header for the store, or @FILE with one on each line")
      ->allow_extra_args(false)
      ->type_name("NAME:VALUE");
  add_text(app, "--store-token-file", options.store.token_file,
           "File with a bearer token for the store (default: variable MESHTRACE_STORE_TOKEN)", "FILE");
  add_text(app, "--store-cacert", options.store.certificate_authority, "CAs to trust (default: the system's)", "FILE");
  add_text(app, "--store-cert", options.store.certificate, "Client certificate for the store", "FILE");
  add_text(app, "--store-key", options.store.key, "Its key", "FILE");
  app.add_flag("--store-insecure-skip-tls-verify", options.store.insecure_skip_tls_verify,
               "Take any certificate of the store");
}

}  // namespace

Command probe_command() {
  return {
      "probe",
      "Send a request with a trace context of its own, and see in Jaeger or Tempo how far the trace came",
      "Exit status 0: the trace is whole, with every --expect (without a store: a reply came), 1: hops are missing,\n"
      "the trace is in pieces or not there, 2: no reply, or no answer of the store.",
      {{"--output", {"table", "json", "yaml"}}},
      [](CLI::App& app) -> std::function<Outcome(const Environment&)> {
        const auto options = std::make_shared<ProbeOptions>();
        add_request(app, *options);
        add_context(app, *options);
        add_store(app, *options);
        add_text(app, "-o,--output", options->output, "table (default), json or yaml", "FORMAT");
        return [options](const Environment& environment) { return run_probe(*options, environment); };
      }};
}

}  // namespace meshtrace::cli
