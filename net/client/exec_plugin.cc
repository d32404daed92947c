#include "net/client/exec_plugin.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <vector>

extern char** environ;

namespace meshtrace::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutputBytes = 1u << 20;  // a token and a certificate with its chain are some kilobytes

std::string reason(int error) { return std::generic_category().message(error); }

// The arguments or the environment in the form that C takes them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin() {
    if (output_ >= 0) ::close(output_);
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
  }

  // An errno; 0: it runs.
  int start(std::vector<std::string> command, std::vector<std::string> environment, bool interactive) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (!interactive) ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    const int error = ::posix_spawnp(&process_, command.front().c_str(), &actions, nullptr, pointers(command).data(),
                                     pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) process_ = -1;
    return error;
  }

  // All that it prints until it closes its output.
  Result<std::string> read_output(Clock::time_point deadline) const {
    std::string output;
    char buffer[4096];
    while (true) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd waiting{output_, POLLIN, 0};
      const int ready = left <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return fail({}, "did not end in time");
      const ssize_t count = ::read(output_, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return output;
      output.append(buffer, static_cast<std::size_t>(count));
      if (output.size() > kMaxOutputBytes) return fail({}, fmt::format("printed more than {} bytes", kMaxOutputBytes));
    }
  }

  // How it failed; empty: it ended well. To be asked once its output is closed.
  std::string failure(Clock::time_point deadline) {
    int status = 0;
    while (::waitpid(process_, &status, WNOHANG) == 0) {
      if (Clock::now() >= deadline) return "did not end in time";
      ::poll(nullptr, 0, 5);  // programs end right after they close their output
    }
    process_ = -1;
    if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
    const int code = WEXITSTATUS(status);
    return code == 0 ? std::string() : fmt::format("it failed with exit status {}", code);
  }

 private:
  pid_t process_ = -1;
  int output_ = -1;
};

std::vector<std::string> environment_for(const kube::ExecPlugin& plugin, const std::string& info) {
  std::vector<std::string> out;
  const auto is_replaced = [&](std::string_view variable) {
    const std::string_view name = variable.substr(0, variable.find('='));
    if (name == "KUBERNETES_EXEC_INFO") return true;
    for (const auto& [key, value] : plugin.env) {
      if (key == name) return true;
    }
    return false;
  };
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_replaced(*variable)) out.emplace_back(*variable);
  }
  for (const auto& [key, value] : plugin.env) out.push_back(key + "=" + value);
  out.push_back("KUBERNETES_EXEC_INFO=" + info);
  return out;
}

std::string with_hint(std::string what, const kube::ExecPlugin& plugin) {
  return plugin.install_hint.empty() ? what : what + "; " + plugin.install_hint;
}

}  // namespace

Result<kube::ExecCredential> run_exec_plugin(const kube::ClientConfig& config, const std::string& authority_pem,
                                             std::chrono::seconds timeout) {
  using Interactive = kube::ExecPlugin::Interactive;
  const kube::ExecPlugin& exec = *config.exec;
  const std::string where = "exec " + exec.command;
  const bool interactive = exec.interactive != Interactive::kNever && ::isatty(STDIN_FILENO) == 1;
  if (exec.interactive == Interactive::kAlways && !interactive) {
    return fail(where, "it asks questions, and standard input is no terminal; log in by kubectl first");
  }
  std::vector<std::string> command{exec.command};
  command.insert(command.end(), exec.args.begin(), exec.args.end());
  Plugin plugin;
  const auto info = kube::exec_info(config, authority_pem, interactive);
  if (const int error = plugin.start(std::move(command), environment_for(exec, info), interactive); error != 0) {
    return fail(where, with_hint("it cannot be started: " + reason(error), exec));
  }
  const auto deadline = Clock::now() + timeout;
  const auto output = plugin.read_output(deadline);
  if (!output) return fail(where, output.error().what);
  if (const std::string failure = plugin.failure(deadline); !failure.empty()) {
    return fail(where, with_hint(failure, exec));
  }
  return kube::parse_exec_credential(exec, *output);
}

}  // namespace meshtrace::net
