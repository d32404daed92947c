// kubectl-meshtrace: the process around the command line. Reads standard input and asks the API server when a command
// wants it, and writes what the command made: errors first, then all of the output at once.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace {

using namespace meshtrace;

Result<std::string> read_standard_input(std::size_t max_bytes) {
  std::string text;
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("standard input", std::string("cannot be read: ") + std::strerror(errno));
    text.append(buffer.data(), static_cast<std::size_t>(got));
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

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool wants_color() {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") && !is_dumb;
}

int run(const std::vector<std::string>& arguments) {
  cli::Environment environment;
  environment.read_standard_input = read_standard_input;
  environment.connect = cli::connect_to_cluster;
  environment.now = [] { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  environment.color = wants_color();
  const cli::Outcome outcome = cli::run(arguments, environment);
  write_all(STDERR_FILENO, outcome.err);
  if (write_all(STDOUT_FILENO, outcome.out)) return outcome.status;
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
