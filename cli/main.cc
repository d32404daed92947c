// kubectl-meshtrace: the process around the command line. Reads standard input and asks the API server when a command
// wants it, and writes what the command made: errors first, then all of the output at once.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace {

using namespace meshtrace;

Result<std::size_t> read_some(char* buffer, std::size_t size) {
  while (true) {
    const ssize_t got = read(STDIN_FILENO, buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail("standard input", std::string("cannot be read: ") + std::strerror(errno));
  }
}

Result<std::string> read_standard_input(std::size_t max_bytes) {
  std::string text;
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const auto got = read_some(buffer.data(), buffer.size());
    if (!got) return tl::make_unexpected(got.error());
    if (*got == 0) return text;
    text.append(buffer.data(), *got);
    if (text.size() > max_bytes) {
      return fail("standard input", "larger than " + std::to_string(max_bytes >> 20) + " MiB");
    }
  }
}

// False with errno set when not everything could be written.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

bool is_set(const char* name) { return !variable(name).empty(); }

std::uint64_t random_bits() {
  std::random_device source;
  return static_cast<std::uint64_t>(source()) << 32 | source();
}

bool wants_color() {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") && !is_dumb;
}

int run(const std::vector<std::string>& arguments) {
  cli::Environment environment;
  environment.read_standard_input = read_standard_input;
  environment.read_some = read_some;
  environment.progress = [](std::string_view line) { write_all(STDERR_FILENO, std::string(line) + "\n"); };
  environment.connect = cli::connect_to_cluster;
  environment.now = [] { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  environment.connect_to_web = cli::connect_to_web;
  environment.moment = [] { return std::chrono::steady_clock::now(); };
  environment.wait = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  environment.random = random_bits;
  environment.variable = variable;
  environment.color = wants_color();
  const cli::Outcome outcome = cli::run(arguments, environment);
  write_all(STDERR_FILENO, outcome.err);
  // Without destructors: see Outcome::kept.
  if (write_all(STDOUT_FILENO, outcome.out)) std::_Exit(outcome.status);
  write_all(STDERR_FILENO,
            cli::error_line({"standard output", std::string("cannot be written: ") + std::strerror(errno)}));
  return cli::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe is then an error of write(), told like any other.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    write_all(STDERR_FILENO, cli::error_line({"", std::string("internal error: ") + error.what()}));
    return cli::kFailed;
  }
}
