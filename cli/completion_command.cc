#include "cli/completion_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meshtrace::cli {
namespace {

constexpr const char* kBash = R"(# bash completion for kubectl-meshtrace: source <(kubectl-meshtrace completion bash)
# For "kubectl meshtrace", put an executable kubectl_complete-meshtrace into PATH:
#   printf '#!/bin/sh\nexec kubectl-meshtrace __complete "$@"\n'
_kubectl_meshtrace() {
  local word=${COMP_WORDS[COMP_CWORD]} line answer=()
  # "--output=y" reaches bash as three words.
  [[ $word == = ]] && word=
  mapfile -t answer < <(kubectl-meshtrace __complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2>/dev/null)
  COMPREPLY=()
  for line in "${answer[@]}"; do
    case $line in
      :4) ;;
      :*) compopt -o default 2>/dev/null ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done
}
complete -F _kubectl_meshtrace kubectl-meshtrace
)";

constexpr const char* kZsh = R"(#compdef kubectl-meshtrace
# zsh completion for kubectl-meshtrace: source <(kubectl-meshtrace completion zsh)
# For "kubectl meshtrace", put an executable kubectl_complete-meshtrace into PATH:
#   printf '#!/bin/sh\nexec kubectl-meshtrace __complete "$@"\n'
_kubectl_meshtrace() {
  local line files=1
  local -a candidates
  for line in "${(@f)$(kubectl-meshtrace __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :4) files=0 ;;
      :*) ;;
      *) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( $#candidates )) && _describe 'kubectl-meshtrace' candidates && return
  (( files )) && _files
}
compdef _kubectl_meshtrace kubectl-meshtrace
)";

constexpr const char* kFish = R"(# fish completion for kubectl-meshtrace: kubectl-meshtrace completion fish | source
# For "kubectl meshtrace", put an executable kubectl_complete-meshtrace into PATH:
#   printf '#!/bin/sh\nexec kubectl-meshtrace __complete "$@"\n'
function __kubectl_meshtrace
  set -l words (commandline -opc)[2..-1] (commandline -ct)
  for line in (kubectl-meshtrace __complete $words 2>/dev/null)
    switch $line
      case ':4'
      case ':*'
        __fish_complete_path (commandline -ct)
      case '*'
        echo $line
    end
  end
end
complete -c kubectl-meshtrace -f -a '(__kubectl_meshtrace)'
)";

struct Candidates {
  std::string prefix;  // what is there already of the word
  std::string out;

  void offer(const std::string& word, const std::string& description = {}) {
    if (word.starts_with(prefix)) out += description.empty() ? word + "\n" : word + "\t" + description + "\n";
  }
};

constexpr const char* kFilesWelcome = ":0\n";
constexpr const char* kNoFiles = ":4\n";

// The command that the words name, or the program itself.
const CLI::App* find_command(const CLI::App& app, const std::vector<std::string>& words) {
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (!words.empty() && command->get_name() == words.front()) return command;
  }
  return &app;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

bool takes_value(const CLI::App& command, const std::string& word) {
  for (const CLI::Option* option : command.get_options()) {
    const auto names = names_of(*option);
    if (std::find(names.begin(), names.end(), word) != names.end()) return option->get_items_expected_max() > 0;
  }
  return false;
}

void offer_options(const CLI::App& command, Candidates& candidates) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : names_of(*option)) candidates.offer(name, option->get_description());
  }
}

bool is_option(const CLI::App& command, const std::string& word, const std::string& name) {
  for (const CLI::Option* option : command.get_options()) {
    const auto names = names_of(*option);
    if (std::find(names.begin(), names.end(), word) != names.end()) {
      return std::find(names.begin(), names.end(), name) != names.end();
    }
  }
  return false;
}

}  // namespace

Outcome run_completion(const std::string& shell) {
  Outcome outcome;
  outcome.out = shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish;
  return outcome;
}

Outcome run_complete(const CLI::App& app, const std::vector<std::pair<std::string, Choices>>& choices,
                     const std::vector<std::string>& words) {
  Candidates candidates;
  candidates.prefix = words.empty() ? "" : words.back();
  const std::vector<std::string> before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  const CLI::App& command = *find_command(app, before);
  const bool is_top = &command == &app;
  const std::string last = before.empty()                              ? ""
                           : before.back() == "=" && before.size() > 1 ? before[before.size() - 2]
                                                                       : before.back();
  const auto offer_choices = [&](const auto& matches) {
    bool any = false;
    for (const auto& [name, choice] : choices) {
      if (name != command.get_name() || !matches(choice)) continue;
      any = true;
      for (const std::string& value : choice.values) candidates.offer(value);
    }
    return any;
  };
  Outcome outcome;
  std::string files = kNoFiles;
  if (!is_top && takes_value(command, last)) {
    const bool known = offer_choices(
        [&](const Choices& choice) { return !choice.option.empty() && is_option(command, last, choice.option); });
    if (!known) files = kFilesWelcome;
  } else if (candidates.prefix.starts_with('-')) {
    offer_options(command, candidates);
  } else if (is_top) {
    for (const CLI::App* each : app.get_subcommands(nullptr)) {
      if (!each->get_group().empty()) candidates.offer(each->get_name(), each->get_description());
    }
  } else {
    offer_choices([](const Choices& choice) { return choice.option.empty(); });
  }
  outcome.out = candidates.out + files;
  return outcome;
}

}  // namespace meshtrace::cli
