#include "core/policy/rules.h"

#include <fmt/format.h>

#include <string>

#include "core/policy/access_log_format.h"
#include "core/policy/batch.h"
#include "core/policy/check.h"
#include "core/policy/exporter_endpoint.h"
#include "core/policy/json_path.h"
#include "core/policy/propagators.h"
#include "core/policy/text.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;

void check_service_name(const json& service_name, Findings& errors) {
  const std::string from = service_name.value("from", "");
  struct Companion {
    const char* field;
    std::string_view source;
    std::string_view example;
  };
  for (const Companion& companion : {Companion{"key", "Label", "the pod label that holds the name"},
                                     Companion{"value", "Value", "the name itself"}}) {
    const bool there = service_name.contains(companion.field);
    const std::string path = fmt::format("spec.workload.serviceName.{}", companion.field);
    if (from == companion.source && !there) {
      errors.add(path, fmt::format("Required value: {}, because from is {}", companion.example, from));
    } else if (there && from != companion.source) {
      errors.add(path, fmt::format("Forbidden: only together with from: {}, and from is {}", companion.source,
                                   from.empty() ? "absent" : from));
    }
  }
}

void check_format_text(const std::string& format, const std::string& path, const RuleContext& context,
                       Findings& errors) {
  for (const AccessLogProblem& problem : check_access_log_format(format)) {
    if (problem.kind == AccessLogProblem::Kind::kInvalid) {
      errors.add(path, "Invalid value: " + problem.message);
    } else if (!context.in_root_namespace) {
      errors.add(path, fmt::format("Forbidden: {}; only a policy in the mesh's root namespace ({}) may use it",
                                   problem.message, context.root_namespace));
    }
  }
}

void check_access_log(const json& log, const RuleContext& context, Findings& errors) {
  constexpr std::string_view kPath = "spec.proxy.accessLog";
  const std::string encoding = log.value("encoding", "");
  const auto excludes = [&](std::string_view field, std::string_view other) {
    errors.add(fmt::format("{}.{}", kPath, field), fmt::format("Forbidden: excludes {}", other));
  };
  if (log.contains("format")) {
    if (log.contains("traceHeaders")) excludes("format", "traceHeaders: write the headers into the format");
    if (log.contains("jsonFormat")) excludes("format", "jsonFormat: one of them is the whole format");
    if (encoding == "JSON") excludes("format", "encoding: JSON; jsonFormat is the format for JSON");
    check_format_text(log["format"], fmt::format("{}.format", kPath), context, errors);
  }
  if (log.contains("jsonFormat")) {
    if (log.contains("traceHeaders")) excludes("jsonFormat", "traceHeaders: write the headers into the format");
    if (encoding == "TEXT") excludes("jsonFormat", "encoding: TEXT; format is the format for text");
    for (const auto& [key, text] : log["jsonFormat"].items()) {
      check_format_text(text, fmt::format("{}.jsonFormat[{}]", kPath, key), context, errors);
    }
  }
}

void check_batch(const json& batch, Report& report) {
  const ResolvedBatch resolved = resolve_batch(batch);
  if (!resolved.clamped) return;
  const std::string path = "spec.workload.batchSpanProcessor.maxExportBatchSize";
  if (batch.contains("maxExportBatchSize") && batch.contains("maxQueueSize")) {
    report.errors.add(path, fmt::format("Invalid value: {}: must not exceed maxQueueSize ({})",
                                        shown(batch["maxExportBatchSize"]), shown(batch["maxQueueSize"])));
  } else {
    report.warnings.add(path, *resolved.clamped);
  }
}

void check_attributes(const json& attributes, Findings& warnings) {
  if (!attributes.contains("service.name")) return;
  warnings.add("spec.workload.resourceAttributes[service.name]",
               "has no effect where OTEL_SERVICE_NAME is set, which outranks it; use serviceName: {from: Value}");
}

}  // namespace

void check_rules(const json& spec, const RuleContext& context, Report& report) {
  // Of an object that holds a wrong field the rest would only be guessed at.
  const auto sound = [&](std::string_view path) -> const json* {
    return report.errors.any_at(fmt::format("spec.{}", path)) ? nullptr : find_at(spec, path);
  };
  if (const json* name = sound("workload.serviceName")) check_service_name(*name, report.errors);
  if (const json* log = sound("proxy.accessLog")) check_access_log(*log, context, report.errors);
  if (const json* batch = sound("workload.batchSpanProcessor")) check_batch(*batch, report);
  if (const json* attributes = sound("workload.resourceAttributes")) check_attributes(*attributes, report.warnings);
  if (const json* propagators = sound("workload.propagators")) check_propagators(*propagators, report);
  if (const json* exporter = sound("workload.exporter")) check_exporter(*exporter, report);
}

}  // namespace meshtrace::policy
