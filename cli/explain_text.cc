#include "cli/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/text.h"
#include "core/audit/fix.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

class Page {
 public:
  explicit Page(bool color) : color_(color) {}

  void heading(std::string_view text) {
    text_ += color_ ? fmt::format("\x1b[1m{}\x1b[0m\n", printable(text)) : printable(text) + "\n";
  }
  void line(std::string_view text) { text_ += "  " + printable(text) + "\n"; }
  [[nodiscard]] std::string take() { return std::move(text_); }

  // Columns as wide as their widest cell.
  void table(const std::vector<std::array<std::string, 3>>& rows) {
    std::array<std::size_t, 2> widths{};
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
      std::string text = fmt::format("{:<{}}  {:<{}}  {}", row[0], widths[0], row[1], widths[1], row[2]);
      text.erase(text.find_last_not_of(' ') + 1);
      line(text);
    }
  }

 private:
  bool color_;
  std::string text_;
};

std::string_view level_name(policy::Level level) {
  switch (level) {
    case policy::Level::kMesh:
      return "mesh";
    case policy::Level::kNamespace:
      return "namespace";
    case policy::Level::kWorkload:
      return "workload";
    case policy::Level::kDefault:
      break;
  }
  return "default";
}

std::string origin_text(const policy::Origin& origin) {
  if (origin.level == policy::Level::kDefault) return "default";
  return fmt::format("{} policy {}/{}", level_name(origin.level), origin.ns, origin.name);
}

std::string value_text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

using Row = std::array<std::string, 3>;

const json* value_at(const policy::Effective& effective, const std::string& path) {
  const json::json_pointer pointer(audit::pointer_of(path));
  return effective.merged.contains(pointer) ? &effective.merged.at(pointer) : nullptr;
}

std::vector<Row> rows_of(const policy::Effective& effective) {
  std::vector<Row> rows;
  for (const auto& [path, origin] : effective.origins) {
    const json* value = value_at(effective, path);
    if (value != nullptr) rows.push_back({path, value_text(*value), origin_text(origin)});
  }
  return rows;
}

void add_table(std::vector<Row> rows, Page& page) {
  rows.insert(rows.begin(), {"FIELD", "VALUE", "FROM"});
  page.table(rows);
}

void add_fields(const policy::Effective& effective, Page& page) {
  page.heading("Effective policy");
  add_table(rows_of(effective), page);
  for (const std::string& warning : effective.warnings) page.line("warning: " + warning);
}

// The fields that the Audit policies would change.
void add_audited(const policy::Coverage& now, const policy::Coverage& audited, Page& page) {
  if (audited.effective == nullptr) return;
  std::vector<Row> rows = rows_of(*audited.effective);
  const std::vector<Row> held = now.effective == nullptr ? std::vector<Row>{} : rows_of(*now.effective);
  std::erase_if(rows, [&](const Row& row) { return std::find(held.begin(), held.end(), row) != held.end(); });
  for (const Row& row : held) {
    if (!audited.effective->origins.contains(row[0])) rows.push_back({row[0], "(absent)", ""});
  }
  if (rows.empty()) return;
  page.heading("Different if the policies in mode Audit were enforced");
  add_table(std::move(rows), page);
}

std::string outcome_text(const inject::ContainerOutcome& container) {
  switch (container.outcome) {
    case inject::Outcome::kInjected:
      return fmt::format("gets {}", fmt::join(container.set, ", "));
    case inject::Outcome::kUnchanged:
      return "has everything already";
    case inject::Outcome::kProxy:
      return "left alone: a proxy's container";
    case inject::Outcome::kNotSelected:
      return "left alone: not selected by workload.containers";
    case inject::Outcome::kInitContainer:
      break;
  }
  return "left alone: an init container that workload.containers.include does not name";
}

void add_containers(const inject::Injection& injection, Page& page) {
  page.heading("Containers");
  for (const inject::ContainerOutcome& container : injection.containers) {
    page.line(fmt::format("{}: {}", container.name, outcome_text(container)));
    for (const std::string& kept : container.kept) page.line("  keeps " + kept);
  }
  for (const std::string& warning : injection.warnings) page.line("warning: " + warning);
}

// Every policy that claims the pod, with the part it plays.
void add_claimants(const Object& object, const WorkloadKind& kind, const Decision& decision, const policy::Index& index,
                   Page& page) {
  const auto claimants = index.claimants(decision.ns, pod_labels(object, kind));
  if (claimants.empty()) return;
  page.heading("Policies of the namespace that claim it");
  bool has_selecting = false;
  bool has_whole = false;
  for (const policy::TracingPolicy* policy : claimants) {
    bool& is_taken = policy->match_labels.empty() ? has_whole : has_selecting;
    std::string part = policy->match_labels.empty() ? "for the namespace" : "by its selector";
    if (policy->mode == policy::Mode::kAudit) {
      part += ", mode Audit: takes no part";
    } else if (is_taken) {
      part += ", conflicted: an older policy of the level wins";
    } else {
      is_taken = true;
    }
    page.line(fmt::format("{}/{} ({})", policy->ns, policy->name, part));
  }
}

}  // namespace

std::string explain_text(const Object& object, const WorkloadKind& kind, const Decision& decision,
                         const policy::Index& index, bool color) {
  Page page(color);
  page.heading(fmt::format("{} in the namespace {} ({})", object.title(), decision.ns, object.place()));
  if (!decision.skipped.empty()) page.line("Nothing is injected: " + decision.skipped + ".");
  if (decision.injection) add_containers(*decision.injection, page);
  add_claimants(object, kind, decision, index, page);
  if (decision.coverage.effective != nullptr) add_fields(*decision.coverage.effective, page);
  add_audited(decision.coverage, index.find_with_audit(decision.ns, pod_labels(object, kind)), page);
  return page.take();
}

}  // namespace meshtrace::cli
