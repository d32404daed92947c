#include "controller/istiod/metrics_text.h"

#include <charconv>
#include <optional>

#include "kube/reply.h"

namespace meshtrace::controller {
namespace {

// A proxy's or a type's name; longer ones are none of Istio's.
constexpr std::size_t kMaxLabelBytes = 512;

constexpr std::string_view kTotal = "pilot_total_xds_rejects";
constexpr std::string_view kOfProxy = "pilot_xds_";  // …lds_reject
constexpr std::string_view kOfProxyEnd = "_reject";
constexpr std::string_view kBuild = "istio_build";

struct Sample {
  std::string_view name;
  std::string_view labels;  // between the braces
  std::uint64_t value = 0;
};

// NAME{LABELS} VALUE [TIMESTAMP]
std::optional<Sample> read_sample(std::string_view line) {
  const auto open = line.find('{');
  const auto close = line.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  std::string_view number = line.substr(close + 1);
  number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
  double value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  constexpr double kMaxCount = 1e18;  // what an integer holds; also refuses NaN
  if (read.ec != std::errc() || !(value >= 0 && value < kMaxCount)) return std::nullopt;
  return Sample{line.substr(0, open), line.substr(open + 1, close - open - 1), static_cast<std::uint64_t>(value)};
}

// The value of NAME="VALUE"; in it a backslash stands before a quote, a backslash, and the n of a line break.
std::string label(std::string_view labels, std::string_view name) {
  while (!labels.empty()) {
    const auto equals = labels.find("=\"");
    if (equals == std::string_view::npos) return {};
    const bool wanted = labels.substr(0, equals) == name;
    std::string value;
    std::size_t at = equals + 2;
    for (; at < labels.size() && labels[at] != '"'; ++at) {
      if (labels[at] == '\\' && at + 1 < labels.size()) ++at;
      value += labels[at];
    }
    if (wanted) return kube::printable(value, kMaxLabelBytes);
    labels.remove_prefix(std::min(at + 1, labels.size()));
    labels.remove_prefix(std::min(labels.find_first_not_of(", "), labels.size()));
  }
  return {};
}

void take(IstiodMetrics& metrics, const Sample& sample) {
  if (sample.name == kTotal) {
    metrics.by_type[label(sample.labels, "type")] += sample.value;
  } else if (sample.name == kBuild) {
    if (label(sample.labels, "component") == "pilot") metrics.version = label(sample.labels, "tag");
  } else if (sample.name.starts_with(kOfProxy) && sample.name.ends_with(kOfProxyEnd)) {
    std::string_view type = sample.name.substr(kOfProxy.size());
    type.remove_suffix(kOfProxyEnd.size());
    metrics.by_proxy[{label(sample.labels, "node"), std::string(type)}] += sample.value;
  }
}

}  // namespace

IstiodMetrics parse_metrics(std::string_view text) {
  IstiodMetrics metrics;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    // Most lines are of others: histograms by the thousand.
    if (!line.starts_with("pilot_") && !line.starts_with(kBuild)) continue;
    if (const auto sample = read_sample(line)) take(metrics, *sample);
  }
  return metrics;
}

}  // namespace meshtrace::controller
