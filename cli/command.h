// One subcommand as commands.cc lists it. Each has a file of its own that states its options and runs it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/environment.h"

namespace meshtrace::cli {

// The words that an option takes, for the parser and for completion.
struct Choices {
  std::string option;  // "--output"; empty: the positional argument
  std::vector<std::string> values;
};

struct Command {
  std::string name;
  std::string summary;
  std::string details;  // below the options in the help text
  std::vector<Choices> choices;
  // Adds the options to the parser; what is returned runs the command once they have been parsed.
  std::function<std::function<Outcome(const Environment&)>(CLI::App&)> add;
};

}  // namespace meshtrace::cli
