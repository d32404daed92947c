#include "cli/report/shown.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace meshtrace::cli {

Shown shown_of(const std::vector<audit::Finding>& findings, std::size_t max) {
  Shown shown{.findings = findings, .order = std::vector<std::size_t>(findings.size()), .rank = {}};
  std::iota(shown.order.begin(), shown.order.end(), 0);
  std::stable_sort(shown.order.begin(), shown.order.end(),
                   [&](std::size_t a, std::size_t b) { return findings[a].severity > findings[b].severity; });
  shown.order.resize(std::min(max, findings.size()));
  shown.rank.assign(findings.size(), shown.order.size());
  for (std::size_t i = 0; i < shown.order.size(); ++i) shown.rank[shown.order[i]] = i;
  return shown;
}

std::string link_attributes(const Shown& shown, const std::vector<std::size_t>& places) {
  std::vector<std::size_t> listed;
  for (const std::size_t place : places) {
    if (shown.rank[place] < shown.order.size()) listed.push_back(place);
  }
  if (listed.empty()) return {};
  std::sort(listed.begin(), listed.end(), [&](auto a, auto b) { return shown.rank[a] < shown.rank[b]; });
  return fmt::format(R"( href="#f{}" data-findings="{}")", listed.front(), fmt::join(listed, " "));
}

std::string_view sign_of(audit::Severity severity) {
  switch (severity) {
    case audit::Severity::kError:
      return "✕";
    case audit::Severity::kWarning:
      return "!";
    case audit::Severity::kInfo:
      break;
  }
  return "i";
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace meshtrace::cli
