// Findings as objects of the OpenReports API, which report viewers read: for each namespace and group of checks a
// Report, for cluster-scoped objects ClusterReports, in parts that etcd takes. The same findings give the same objects.
// Source: github.com/openreports/reports-api v0.2.1, config/crd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/audit/kept_findings.h"

namespace meshtrace::audit {

inline constexpr const char* kReportsGroup = "openreports.io";
inline constexpr const char* kReportsVersion = "v1alpha1";
// Annotations of a report: the hash of all that it says but its times; the number of findings that it only counts.
inline constexpr const char* kContentAnnotation = "meshtrace.io/content";
inline constexpr const char* kOmittedAnnotation = "meshtrace.io/omitted";

struct ReportLimits {
  std::size_t max_results = 1'000;  // in one report
  // Of one report as JSON. etcd refuses requests over 1.5 MiB, and the API server stores managedFields besides.
  std::size_t max_bytes = 1'000'000;
  std::size_t max_shards = 5;  // reports of one namespace and group
};

// When each result was first seen, so that its timestamp changes only when it does.
class FirstSeen {
 public:
  // From a report that stands, also one of another process.
  void learn(const nlohmann::json& report);

 private:
  friend std::vector<nlohmann::json> make_reports(const Tally&, FirstSeen&, std::int64_t, const ReportLimits&);
  std::map<std::string, std::int64_t> seconds_;  // Unix time by the hash of the result
};

// Sorted by namespace and name; each with apiVersion, kind and the annotation of its content. `now` (Unix time in
// seconds) is when results that are new were seen; what is not among the findings any more is forgotten.
std::vector<nlohmann::json> make_reports(const Tally& tally, FirstSeen& first_seen, std::int64_t now,
                                         const ReportLimits& limits = {});

}  // namespace meshtrace::audit
