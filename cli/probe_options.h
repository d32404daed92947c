// What the flags of `kubectl meshtrace probe` say, as given.
#pragma once

#include <string>
#include <vector>

namespace meshtrace::cli {

// Of the server that is probed, and with "--store-" before each of the store that is asked.
struct ServerOptions {
  std::string certificate_authority;  // --cacert FILE; empty: the system's
  std::string certificate;            // --cert FILE
  std::string key;                    // --key FILE
  bool insecure_skip_tls_verify = false;
  std::vector<std::string> headers;  // "NAME: VALUE", or @FILE with such lines
  std::string token_file;
};

struct ProbeOptions {
  std::string url;
  std::string method;  // empty: GET, with --data POST
  std::string data;
  std::string host;
  ServerOptions target;

  std::string trace_id;  // or a whole traceparent; empty: random
  std::string tracestate;
  std::string baggage;

  std::string jaeger;  // the store's URL; at most one of the two
  std::string tempo;
  ServerOptions store;

  std::vector<std::string> expected;  // services in the order of the path
  std::string timeout = "30s";
  std::string settle = "6s";
  std::string request_timeout = "10s";
  std::string output = "table";  // table | json | yaml
};

// Holds the store's token where no --store-token-file does; never a flag, which every user of the machine can read.
inline constexpr const char* kStoreTokenVariable = "MESHTRACE_STORE_TOKEN";

}  // namespace meshtrace::cli
