// Shell completion: scripts that ask the program itself, and the answers, from the command table alone.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/environment.h"

namespace meshtrace::cli {

// The script for a shell that kubectl knows: bash, zsh or fish.
Outcome run_completion(const std::string& shell);

// The hidden command __complete, in the protocol of kubectl (cobra): one candidate a line with its description behind
// a tab, and at last ":0" (the shell may offer files) or ":4" (it must not). `words` are what stands behind the
// program's name, the last one being completed. `choices` by name of command.
Outcome run_complete(const CLI::App& app, const std::vector<std::pair<std::string, Choices>>& choices,
                     const std::vector<std::string>& words);

}  // namespace meshtrace::cli
