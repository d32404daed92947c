// From probe's flags to the values that net sends: headers checked, files read. Nothing that a header or file holds is
// ever quoted in an error.
#pragma once

#include <string>

#include "cli/probe_options.h"
#include "cli/web.h"
#include "core/base/result.h"
#include "core/probe/context.h"

namespace meshtrace::cli {

// A server to ask: how to reach it, and what every request to it carries.
struct WebServer {
  net::WebClientOptions client;
  net::WebHeaders headers;
  bool has_token = false;
};

// `flags` is what stands before each flag's name, for errors: "--" or "--store-". `token` is used without a token file.
Result<WebServer> web_server(const ServerOptions& options, const std::string& flags, const std::string& token);

// The request whose trace is followed.
Result<net::WebRequest> probe_request(const ProbeOptions& options, const probe::Context& context,
                                      const WebServer& server);

}  // namespace meshtrace::cli
