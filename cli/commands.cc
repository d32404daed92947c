#include "cli/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "cli/audit_command.h"
#include "cli/command.h"
#include "cli/completion_command.h"
#include "cli/explain_command.h"
#include "cli/inject_command.h"
#include "cli/logs_command.h"
#include "cli/probe_command.h"
#include "cli/render_command.h"
#include "cli/session.h"
#include "cli/status_command.h"
#include "cli/text.h"
#include "cli/validate_command.h"
#include "cli/version_command.h"

namespace meshtrace::cli {
namespace {

// Everything that any option can set; a command reads its own part.
struct Settings {
  FileOptions input;
  ClusterOptions cluster;
  bool diff = false;
  bool all_checks = false;
  std::string output;
  std::string workload;  // or a code
  std::string target;
  std::string istio_version;
  std::string shell;
  std::vector<std::string> words;  // of __complete
};

using Run = std::function<Outcome(const Environment&)>;

// The command's options in a Settings of its own.
auto with_settings(void (*add_options)(CLI::App&, Settings&), Outcome (*run)(const Settings&, const Environment&)) {
  return [add_options, run](CLI::App& app) -> Run {
    const auto settings = std::make_shared<Settings>();
    add_options(app, *settings);
    return [settings, run](const Environment& environment) { return run(*settings, environment); };
  };
}

// A file for each -f; several behind one -f only where no argument can follow.
enum class Several { kNo, kBehindOneOption };

CLI::Option* add_files(CLI::App& app, const std::string& names, std::vector<std::string>& files,
                       const std::string& what, Several several) {
  CLI::Option* option =
      app.add_option(names, files, what + ": file, folder (.yaml, .yml, .json) or - for standard input");
  option->required()->allow_extra_args(several == Several::kBehindOneOption)->type_name("FILE");
  return option;
}

void add_scope(CLI::App& app, FileOptions& input) {
  app.add_option("-n,--namespace", input.ns, "Namespace of objects that name none (default: default)")->type_name("NS");
  app.add_option("--root-namespace", input.root_namespace,
                 "The mesh's root namespace (default: what a mesh ConfigMap among the files says, else istio-system)")
      ->type_name("NS");
  app.add_flag("-R,--recursive", input.recursive, "Read folders below folders, too");
}

void add_inject(CLI::App& app, Settings& settings) {
  add_files(app, "-f,--filename", settings.input.files, "Manifests", Several::kBehindOneOption);
  add_files(app, "--policy", settings.input.policies, "TracingPolicies", Several::kBehindOneOption);
  app.add_flag("--diff", settings.diff, "Show the change instead of the result");
  app.add_option("-o,--output", settings.output,
                 "yaml (default): the documents in their style; json: one object or a List")
      ->type_name("FORMAT");
  add_scope(app, settings.input);
}

void add_validate(CLI::App& app, Settings& settings) {
  add_files(app, "-f,--filename", settings.input.files, "TracingPolicies", Several::kBehindOneOption);
  add_scope(app, settings.input);
}

void add_explain(CLI::App& app, Settings& settings) {
  add_files(app, "-f,--filename", settings.input.files, "Manifests", Several::kNo)->required(false);
  add_files(app, "--policy", settings.input.policies, "TracingPolicies", Several::kNo)->required(false);
  add_scope(app, settings.input);
  app.add_flag("--all-checks", settings.all_checks, "Print the pages of all checks of the audit");
  app.add_option(
         "workload", settings.workload,
         "A workload of the files, as pod/NAME or deployment/NAME (default: all), or a check's code, as MT0101, "
         "or a group's, as MT01")
      ->type_name("KIND/NAME|CODE");
}

void add_render(CLI::App& app, Settings& settings) {
  add_files(app, "-f,--filename", settings.input.files, "TracingPolicies, and what of the mesh is to be edited",
            Several::kBehindOneOption);
  app.add_option("--target", settings.target, "What to print, see below")->required()->type_name("TARGET");
  app.add_option("--istio-version", settings.istio_version,
                 "Istio's version, such as 1.30 (default: all that a current one can do)")
      ->type_name("VERSION");
  add_scope(app, settings.input);
}

void add_cluster(CLI::App& app, ClusterOptions& cluster) {
  app.add_option("-n,--namespace", cluster.ns, "One namespace (default: the context's)")->type_name("NS");
  app.add_flag("-A,--all-namespaces", cluster.all_namespaces, "All namespaces");
  app.add_option("--context", cluster.context, "Context of the kubeconfig (default: its current one)")
      ->type_name("NAME");
  app.add_option("--kubeconfig", cluster.kubeconfig, "File to use instead of KUBECONFIG and ~/.kube/config")
      ->type_name("FILE");
}

void add_status(CLI::App& app, Settings& settings) {
  app.add_option("-o,--output", settings.output,
                 "table (default): policies and what is wrong; wide: every condition and target; json, yaml: a List")
      ->type_name("FORMAT");
  add_cluster(app, settings.cluster);
}

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      {"inject",
       "Add the tracing environment to workloads in manifests",
       "Prints every document, those that nothing changes byte for byte. Run it on sources: on its own output after a\n"
       "policy changed, it takes the old values for yours.",
       {{"--output", {"yaml", "json"}}},
       with_settings(add_inject,
                     [](const Settings& settings, const Environment& environment) {
                       return run_inject(
                           {settings.input, settings.diff, settings.output.empty() ? "yaml" : settings.output},
                           environment);
                     })},
      {"validate",
       "Check TracingPolicies as the API server and the webhook do",
       "Exit status 1: invalid, 2: could not read.",
       {},
       with_settings(add_validate,
                     [](const Settings& settings, const Environment& environment) {
                       return run_validate(settings.input, environment);
                     })},
      {"explain",
       "Show which policy holds for a workload, field by field, and what its pod gets; or a check's page",
       "",
       {},
       with_settings(add_explain,
                     [](const Settings& settings, const Environment& environment) {
                       return run_explain({settings.input, settings.workload, settings.all_checks}, environment);
                     })},
      {"render",
       "Print what the controller would write, for a cluster without it or for Git",
       "configmap                EnvoyFilters, Telemetries and the mesh ConfigMap; one among the files is edited\n"
       "helm, sail, istiooperator   the mesh's part as values for what installed Istio\n"
       "mutatingadmissionpolicy  injection by the API server itself (Kubernetes 1.36), without our webhook",
       {{"--target", {"configmap", "helm", "sail", "istiooperator", "mutatingadmissionpolicy"}}},
       with_settings(add_render,
                     [](const Settings& settings, const Environment& environment) {
                       return run_render({settings.input, settings.target, settings.istio_version}, environment);
                     })},
      {"status",
       "Show a cluster's policies, what is written for them, and their workloads",
       "Exit status 0 when it could be shown, whatever it says; 2 when not.",
       {{"--output", {"table", "wide", "json", "yaml"}}},
       with_settings(add_status,
                     [](const Settings& settings, const Environment& environment) {
                       return run_status({settings.cluster, settings.output.empty() ? "table" : settings.output},
                                         environment);
                     })},
      audit_command(),
      logs_command(),
      probe_command(),
      {"version",
       "Print the version",
       "",
       {{"--output", {"json", "yaml"}}},
       with_settings(
           [](CLI::App& app, Settings& settings) {
             app.add_option("-o,--output", settings.output, "json or yaml (default: one line)")->type_name("FORMAT");
           },
           [](const Settings& settings, const Environment&) { return run_version(settings.output); })},
      {"completion",
       "Print a completion script for a shell",
       "bash: source <(kubectl-meshtrace completion bash)\n"
       "To complete \"kubectl meshtrace\" itself, kubectl asks an executable kubectl_complete-meshtrace in PATH:\n"
       "  #!/bin/sh\n  exec kubectl-meshtrace __complete \"$@\"",
       {{"", {"bash", "zsh", "fish"}}},
       with_settings(
           [](CLI::App& app, Settings& settings) {
             app.add_option("shell", settings.shell, "bash, zsh or fish")->required()->type_name("SHELL");
           },
           [](const Settings& settings, const Environment&) { return run_completion(settings.shell); })},
  };
  return table;
}

// An option or argument takes only what the table offers for it.
void restrict_choices(CLI::App& app, const Command& command) {
  for (const Choices& choice : command.choices) {
    CLI::Option* option = app.get_option(choice.option.empty() ? "shell" : choice.option);
    option->check([values = choice.values](const std::string& given) {
      if (std::find(values.begin(), values.end(), given) != values.end()) return std::string();
      std::string known;
      for (const std::string& value : values) known += (known.empty() ? "" : ", ") + value;
      return fmt::format("\"{}\" is not one of: {}", given, known);
    });
  }
}

// What each command runs, in the order of the table.
std::vector<Run> add_commands(CLI::App& app) {
  std::vector<Run> runs;
  app.require_subcommand(1);
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer(command.details);
    runs.push_back(command.add(*sub));
    restrict_choices(*sub, command);
  }
  return runs;
}

Outcome complete(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, Choices>> choices;
  for (const Command& command : commands()) {
    for (const Choices& choice : command.choices) choices.emplace_back(command.name, choice);
  }
  return run_complete(app, choices, words);
}

// kubectl takes -o=json, which CLI11 knows only for long options.
std::vector<std::string> split_short_options(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (const std::string& argument : arguments) {
    const bool joined = argument.size() > 2 && argument[0] == '-' && argument[1] != '-' && argument[2] == '=';
    if (joined) out.push_back(argument.substr(0, 2));
    out.push_back(joined ? argument.substr(3) : argument);
  }
  return out;
}

// CLI11 would only say that a subcommand is missing.
std::optional<Error> unknown_command(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().starts_with('-')) return std::nullopt;
  std::string known;
  for (const Command& command : commands()) {
    if (command.name == arguments.front()) return std::nullopt;
    known += (known.empty() ? "" : ", ") + command.name;
  }
  return Error{"", "unknown command \"" + arguments.front() + "\"; there are " + known};
}

Outcome usage_error(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream help;
  std::ostringstream message;
  app.exit(error, help, message);
  if (error.get_exit_code() == 0) return {kOk, help.str(), ""};
  return {kFailed, "", error_line({"", error.what()}) + "Run with --help for how it is used.\n"};
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments, const Environment& environment) {
  CLI::App app(
      "Distributed tracing for service meshes: policies applied to manifests, rendered for a mesh, and watched in a "
      "cluster.",
      "kubectl meshtrace");
  const std::vector<Run> runs = add_commands(app);
  if (!arguments.empty() && arguments.front() == "__complete") {
    return complete(app, {arguments.begin() + 1, arguments.end()});
  }
  if (const auto unknown = unknown_command(arguments)) return failure({*unknown});
  try {
    std::vector<std::string> reversed = split_short_options(arguments);
    std::reverse(reversed.begin(), reversed.end());
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (app.got_subcommand(commands()[i].name)) return runs[i](environment);
  }
  return {};
}

}  // namespace meshtrace::cli
