#include "cli/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/text.h"

namespace meshtrace::cli {
namespace {

// A label of DNS (RFC 1123), as Kubernetes names namespaces.
bool is_namespace_name(std::string_view name) {
  constexpr std::size_t kMaxLabel = 63;
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= kMaxLabel && std::all_of(name.begin(), name.end(), fits) &&
         name.front() != '-' && name.back() != '-';
}

Result<Manifests> read_all(const std::vector<std::string>& paths, const InputOptions& options,
                           const Environment& environment) {
  return read_sources(paths, options, environment).and_then(read_manifests);
}

}  // namespace

Result<void> check(const FileOptions& options) {
  const auto inputs = std::count(options.files.begin(), options.files.end(), "-") +
                      std::count(options.policies.begin(), options.policies.end(), "-");
  if (inputs > 1) return fail("", "standard input (-) can be read only once");
  if (!is_namespace_name(options.ns)) return fail("--namespace", "\"" + options.ns + "\" is no name of a namespace");
  if (!options.root_namespace.empty() && !is_namespace_name(options.root_namespace)) {
    return fail("--root-namespace", "\"" + options.root_namespace + "\" is no name of a namespace");
  }
  return {};
}

std::string conflict_warnings(const policy::Index& index) {
  std::string lines;
  for (const auto& [loser, winner] : index.conflicts()) {
    lines += warning_line("", fmt::format("TracingPolicy {}/{} has no effect: {}/{} is the older one of its level",
                                          loser.ns, loser.name, winner.ns, winner.name));
  }
  return lines;
}

tl::expected<Session, std::vector<Error>> open_session(const FileOptions& options, const Environment& environment) {
  const auto failed = [](Error error) { return tl::make_unexpected(std::vector<Error>{std::move(error)}); };
  if (auto checked = check(options); !checked) return failed(std::move(checked.error()));
  InputOptions input;
  input.recursive = options.recursive;
  auto policy_manifests = read_all(options.policies, input, environment);
  if (!policy_manifests) return failed(std::move(policy_manifests.error()));
  auto manifests = read_all(options.files, input, environment);
  if (!manifests) return failed(std::move(manifests.error()));
  auto scope = read_scope({&*policy_manifests, &*manifests}, {options.root_namespace, options.ns});
  if (!scope) return failed(std::move(scope.error()));

  LoadedPolicies loaded = load_policies(*policy_manifests, *scope);
  if (!loaded.errors.empty()) return tl::make_unexpected(std::move(loaded.errors));
  if (loaded.found == 0) return failed({options.policies.front(), "no TracingPolicy in what --policy names"});
  std::string warnings;
  for (const Error& warning : loaded.warnings) warnings += warning_line(warning.where, warning.what);
  policy::Index index(std::move(loaded.policies), scope->root_namespace);
  warnings += conflict_warnings(index);
  return Session{*std::move(manifests), *std::move(policy_manifests), *std::move(scope), std::move(index),
                 std::move(warnings)};
}

Outcome failure(const std::vector<Error>& errors, int status) {
  Outcome outcome;
  outcome.status = status;
  for (const Error& error : errors) outcome.err += error_line(error);
  return outcome;
}

}  // namespace meshtrace::cli
