#include "core/policy/propagators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/policy/text.h"

namespace meshtrace::policy {
namespace {

using Names = std::vector<std::string_view>;

constexpr const char* kPath = "spec.workload.propagators";
constexpr std::array<std::string_view, 8> kKnown{"tracecontext", "baggage", "b3",      "b3multi",
                                                 "jaeger",       "xray",    "ottrace", "none"};
// What every SDK carries by itself.
constexpr std::array<std::string_view, 3> kEverywhere{"tracecontext", "baggage", "none"};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void warn_of_names(const Names& names, Findings& warnings) {
  std::string extra;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!has(kKnown, names[i])) {
      warnings.add(fmt::format("{}[{}]", kPath, i),
                   fmt::format("{} is no propagator that OpenTelemetry names ({}){} A Python or Java application that "
                               "does not know a name stops at its start",
                               in_quotes(names[i]), quoted_list(kKnown),
                               nearest(names[i], kKnown).empty() ? "." : did_you_mean(names[i], kKnown)));
    } else if (!has(kEverywhere, names[i])) {
      extra += (extra.empty() ? "" : ", ") + std::string(names[i]);
    }
  }
  if (!extra.empty()) {
    warnings.add(kPath, fmt::format("not every SDK carries {}: a Python or Java application without the package for it "
                                    "stops at its start",
                                    extra));
  }
}

void warn_of_both_formats(const Names& names, Findings& warnings) {
  const auto carries_context = [](std::string_view name) {
    return name == "tracecontext" || name == "b3" || name == "b3multi";
  };
  const auto first = std::find_if(names.begin(), names.end(), carries_context);
  const auto last = std::find_if(names.rbegin(), names.rend(), carries_context);
  if (!has(names, "tracecontext") || first == names.end() || *first == *last) return;
  warnings.add(kPath,
               fmt::format("of a request with both traceparent and b3, Python, Node.js, Go and Java take the last "
                           "that is listed ({}), .NET takes the first ({}): no order suits all; "
                           "proxy.headers.duplicateContext: PreferW3C makes them agree",
                           *last, *first));
}

}  // namespace

std::span<const std::string_view> known_propagators() { return kKnown; }

void check_propagators(const nlohmann::json& propagators, Report& report) {
  Names names;
  for (const nlohmann::json& name : propagators) names.push_back(name.get_ref<const std::string&>());
  if (has(names, "none")) {
    if (names.size() > 1) report.errors.add(kPath, "Invalid value: \"none\" must stand alone");
    return;
  }
  warn_of_names(names, report.warnings);
  warn_of_both_formats(names, report.warnings);
  if (!has(names, "tracecontext")) {
    report.warnings.add(kPath,
                        "without tracecontext no application reads or writes traceparent: a trace ends wherever "
                        "the other side speaks W3C Trace Context");
  }
}

}  // namespace meshtrace::policy
