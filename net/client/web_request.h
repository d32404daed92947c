// A request to any web server and its reply, as values.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::net {

using WebHeaders = std::vector<std::pair<std::string, std::string>>;

struct WebRequest {
  std::string method = "GET";
  std::string url;
  // The Host header, and what the certificate must be for, instead of the URL's host: a name, of http also with a port.
  std::string host = {};
  WebHeaders headers = {};          // go wherever redirects lead
  WebHeaders private_headers = {};  // only to the origin of `url`: credentials, and whatever else a user gave
  std::string body = {};            // only to that origin, too
  // From connecting to the reply's last byte; of each request when redirects are followed.
  std::chrono::milliseconds timeout{10'000};
};

struct WebReply {
  int status = 0;
  WebHeaders headers;
  std::string body;
  bool body_is_whole = true;
  // The URLs that redirects led to, in their order; the last one gave this reply. Without their queries, in which
  // login pages pass tokens on.
  std::vector<std::string> redirects;
  bool left_origin = false;  // one of them was of another origin: what is private stayed behind
};

// The value of the first header of that name, in any letter case; empty when there is none.
std::string header_of(const WebHeaders& headers, std::string_view name);

}  // namespace meshtrace::net
