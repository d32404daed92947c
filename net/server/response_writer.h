// The bytes of an HTTP/1.1 response.
#pragma once

#include <string>
#include <string_view>

#include "net/server/http.h"

namespace meshtrace::net {

struct ResponseOptions {
  enum class Body { kSend, kOmit } body = Body::kSend;                     // kOmit: the answer to HEAD
  enum class Connection { kKeep, kClose } connection = Connection::kKeep;  // kClose: says so in the header
  std::string_view date;                                                   // "Sun, 06 Nov 1994 08:49:37 GMT"
};

void append_response(std::string& out, const Response& response, const ResponseOptions& options);

// "Not Found" for 404; "Unknown" for what this server never sends.
std::string_view reason_phrase(int status);

// Now, as the Date field has it.
std::string http_date();

}  // namespace meshtrace::net
