// A BytePipe as the stream buffer that cpprest writes a reply's body to.
#pragma once

#include <cpprest/astreambuf.h>

#include <memory>

#include "net/client/byte_pipe.h"

namespace meshtrace::net {

concurrency::streams::streambuf<std::uint8_t> make_pipe_buffer(std::shared_ptr<BytePipe> pipe);

}  // namespace meshtrace::net
