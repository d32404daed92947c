// What a command gets from its process and what it gives back. A command itself touches no terminal and writes nothing:
// its output is whole or not there, and tests run it without a process.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "cli/cluster.h"
#include "core/base/result.h"
#include "kube/time.h"

namespace meshtrace::cli {

struct Environment {
  // All of standard input, at most `max_bytes`; called at most once.
  std::function<Result<std::string>(std::size_t max_bytes)> read_standard_input;
  // The API server that a command asks for, and the time for ages.
  std::function<Result<Cluster>(const ClusterOptions&)> connect;
  std::function<kube::WallTime()> now;
  bool color = false;  // a terminal that wants colour: no NO_COLOR, not TERM=dumb
};

// Exit codes, the same for every command.
enum Status : int {
  kOk = 0,
  kInvalid = 1,  // validate: read, and found invalid
  kFailed = 2,   // could not read, could not do, wrong usage
};

struct Outcome {
  int status = kOk;
  std::string out;  // for standard output
  std::string err;  // for standard error
};

}  // namespace meshtrace::cli
