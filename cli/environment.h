// What a command gets from its process and what it gives back. A command itself touches no terminal and writes nothing:
// its output is whole or not there, and tests run it without a process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/cluster.h"
#include "cli/web.h"
#include "core/base/result.h"
#include "kube/time.h"

namespace meshtrace::cli {

struct Environment {
  // All of standard input, at most `max_bytes`; called at most once.
  std::function<Result<std::string>(std::size_t max_bytes)> read_standard_input;
  // The next bytes of standard input into `buffer`, 0 at its end: for what memory does not hold. Never beside the
  // above.
  std::function<Result<std::size_t>(char* buffer, std::size_t size)> read_some;
  // A line for standard error at once, for work of over a second.
  std::function<void(std::string_view line)> progress;
  // The API server that a command asks for, and the time for ages.
  std::function<Result<Cluster>(const ClusterOptions&)> connect;
  std::function<kube::WallTime()> now;
  // Web servers that a user names.
  std::function<Result<SendWebRequest>(const net::WebClientOptions&)> connect_to_web;
  // For waiting: what has passed, and until later.
  std::function<kube::Moment()> moment;
  std::function<void(std::chrono::milliseconds)> wait;
  // Any 64 bits, not to be guessed; and a variable of the process's environment, empty when it is not set.
  std::function<std::uint64_t()> random;
  std::function<std::string(const char* name)> variable;
  bool color = false;  // a terminal that wants colour: no NO_COLOR, not TERM=dumb
};

// Exit codes, the same for every command.
enum Status : int {
  kOk = 0,
  kInvalid = 1,  // validate: read, and found invalid; audit, logs, probe: findings, a hop is missing
  kFailed = 2,   // could not read, could not do, wrong usage
  kPartial = 3,  // audit: not everything could be read, so that silence proves nothing
};

struct Outcome {
  int status = kOk;
  std::string out;  // for standard output
  std::string err;  // for standard error
  // What the command read, where giving it back object by object would take long: it goes with the process.
  std::shared_ptr<const void> kept = nullptr;
};

}  // namespace meshtrace::cli
