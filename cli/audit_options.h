// The options of kubectl meshtrace audit, and what is wrong with them before anything is read.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "core/base/result.h"

namespace meshtrace::cli {

struct AuditOptions {
  std::vector<std::string> files;
  ClusterOptions cluster;  // its namespace is also that of files' objects
  std::string root_namespace;
  std::string istio_version;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::string fail_on = "error";
  std::string baseline;
  std::string output = "table";
  bool recursive = false;
  bool permissions = false;
};

void add_audit_options(CLI::App& app, AuditOptions& options);

Result<void> check_audit_options(const AuditOptions& options);

}  // namespace meshtrace::cli
