// Which URLs our clients can be given.
#pragma once

#include <string>

#include "core/base/result.h"

namespace meshtrace::net {

// http or https, with a host, and without a user or password, which would end up in logs.
// `where` begins the error's place; the error never quotes what may be a password.
Result<void> check_http_url(const std::string& where, const std::string& url);

}  // namespace meshtrace::net
