#include "cli/audit_options.h"

#include <algorithm>

#include "core/policy/labels.h"

namespace meshtrace::cli {

void add_audit_options(CLI::App& app, AuditOptions& options) {
  app.add_option("-f,--filename", options.files,
                 "Files instead of a cluster: file, folder (.yaml, .yml, .json) or - for standard input")
      ->type_name("FILE");
  app.add_flag("-R,--recursive", options.recursive, "Read folders below folders, too");
  app.add_option(
         "-n,--namespace", options.cluster.ns,
         "Of a cluster: the namespace whose findings are told (default: the context's); of files: the namespace "
         "of objects that name none (default: default)")
      ->type_name("NS");
  app.add_flag("-A,--all-namespaces", options.cluster.all_namespaces, "The findings of all namespaces");
  app.add_option("--context", options.cluster.context, "Context of the kubeconfig (default: its current one)")
      ->type_name("NAME");
  app.add_option("--kubeconfig", options.cluster.kubeconfig, "File to use instead of KUBECONFIG and ~/.kube/config")
      ->type_name("FILE");
  app.add_option("--root-namespace", options.root_namespace,
                 "The mesh's root namespace (default: what a mesh ConfigMap says, else istio-system)")
      ->type_name("NS");
  app.add_option("--istio-version", options.istio_version, "Istio's version, such as 1.30 (default: as far as known)")
      ->type_name("VERSION");
  app.add_option("--include", options.include, "Only these checks: codes (MT0101) and groups (MT01), commas between")
      ->type_name("CODES");
  app.add_option("--exclude", options.exclude, "Not these, but count what they find")->type_name("CODES");
  app.add_option("--fail-on", options.fail_on,
                 "error (default), warning, info or never: from where on the exit status is 1")
      ->type_name("SEVERITY");
  app.add_option("--baseline", options.baseline, "An earlier report of -o json: tell only what is new")
      ->type_name("FILE");
  app.add_option("-o,--output", options.output, "table (default), wide, json, yaml, sarif, junit, html or github")
      ->type_name("FORMAT");
  app.add_flag("--permissions", options.permissions,
               "Print the rights that reading the cluster needs, as kubectl auth can-i commands, and do nothing else");
}

Result<void> check_audit_options(const AuditOptions& options) {
  const auto is_name = [](const std::string& ns) { return ns.empty() || policy::is_dns_subdomain(ns); };
  const ClusterOptions& cluster = options.cluster;
  if (cluster.all_namespaces && !cluster.ns.empty())
    return fail("", "-A is all namespaces, -n is one: give one of them");
  if (!is_name(cluster.ns)) return fail("--namespace", "\"" + cluster.ns + "\" is no name of a namespace");
  if (!is_name(options.root_namespace)) {
    return fail("--root-namespace", "\"" + options.root_namespace + "\" is no name of a namespace");
  }
  const bool names_cluster = !cluster.context.empty() || !cluster.kubeconfig.empty();
  if (!options.files.empty() && names_cluster) {
    return fail("", "-f audits files, --context and --kubeconfig say which cluster: give one of them");
  }
  const auto inputs = std::count(options.files.begin(), options.files.end(), "-") + (options.baseline == "-" ? 1 : 0);
  if (inputs > 1) {
    return fail("", "standard input (-) can be read only once");
  }
  return {};
}

}  // namespace meshtrace::cli
