// merge(): levels laid over one another by the field table, defaults behind them, and what no level could see alone.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/policy/batch.h"
#include "core/policy/effective.h"
#include "core/policy/fields.h"
#include "core/policy/json_path.h"
#include "core/policy/settings.h"
#include "core/trace/duration.h"
#include "core/trace/resource_attributes.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;

// Bytes of OTEL_RESOURCE_ATTRIBUTES that merged policies may bring, encoded. Linux starts no process with a variable
// over 128 KiB (MAX_ARG_STRLEN); the rest is for what the pod and we add.
constexpr std::size_t kMaxAttributeBytes = 96 * 1024;

bool inherits(const Field& field) { return field.path != "mode" && !field.path.starts_with("selector"); }

// Calls visit(field, value) for each field that a spec states, without looking below objects that it does not.
template <class Visit>
void for_each_stated(const json& spec, Visit visit) {
  const auto all = fields();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const json* value = inherits(all[i]) ? find_at(spec, all[i].path) : nullptr;
    if (value != nullptr) {
      visit(all[i], *value);
    } else if (all[i].type == Type::kObject) {
      while (i + 1 < all.size() && all[i + 1].path.starts_with(all[i].path) &&
             all[i + 1].path[all[i].path.size()] == '.') {
        ++i;
      }
    }
  }
}

class Merger {
 public:
  explicit Merger(Effective& effective) : effective_(effective) {}

  void lay_over(const TracingPolicy& policy, Level level) {
    const Origin origin{level, policy.ns, policy.name};
    std::set<std::string_view> replaced;
    for_each_stated(policy.spec, [&](const Field& field, const json&) {
      if (!field.group.empty() && replaced.insert(field.group).second) drop_group(field.group);
    });
    for_each_stated(policy.spec, [&](const Field& field, const json& value) {
      if (field.type == Type::kObject) {
        json& object = make_at(effective_.merged, field.path);
        if (object.is_null()) object = json::object();
      } else if (field.type == Type::kStringMap && field.group.empty()) {
        merge_map(field, value, origin);
      } else {
        set(field.path, value, origin);
      }
    });
  }

  void apply_defaults() {
    for (const Field& field : fields()) {
      if (field.default_with.empty() || find_at(effective_.merged, field.default_with) == nullptr) continue;
      set_default(field.path, json::parse(field.default_json));
    }
  }

  // Encoding follows the whole format that holds: levels may have stated the two apart.
  void settle_encoding() {
    const json* log = find_at(effective_.merged, "proxy.accessLog");
    if (log == nullptr) return;
    const char* format = log->contains("format") ? "format" : "jsonFormat";
    if (!log->contains(format)) return;
    const char* fitting = log->contains("format") ? "TEXT" : "JSON";
    if (log->contains("encoding") && log->at("encoding") != fitting) {
      effective_.warnings.push_back(fmt::format("proxy.accessLog.encoding {} is taken as {}, which the {} needs",
                                                log->at("encoding").get<std::string>(), fitting, format));
    }
    set("proxy.accessLog.encoding", fitting, effective_.origins.at(fmt::format("proxy.accessLog.{}", format)));
  }

  void settle_batch() {
    constexpr std::string_view kPath = "workload.batchSpanProcessor";
    const json* stated = find_at(effective_.merged, kPath);
    if (stated == nullptr) return;
    const ResolvedBatch resolved = resolve_batch(*stated);
    const BatchSpanProcessor& values = resolved.values;
    const auto path = [&](std::string_view name) { return fmt::format("{}.{}", kPath, name); };
    const Origin profile = effective_.origins.at(path("profile"));
    const auto settle = [&](std::string_view name, json value) {
      const auto origin = effective_.origins.find(path(name));
      set(path(name), std::move(value), origin == effective_.origins.end() ? profile : origin->second);
    };
    settle("scheduleDelay", trace::format_duration(values.schedule_delay));
    if (values.export_timeout) settle("exportTimeout", trace::format_duration(*values.export_timeout));
    settle("maxQueueSize", values.queue_from_memory ? json("Auto") : json(values.max_queue_size));
    settle("maxExportBatchSize", values.max_export_batch_size);
    if (resolved.clamped) effective_.warnings.push_back(path("maxExportBatchSize") + ": " + *resolved.clamped);
    effective_.injection.batch = values;
  }

  void bound_attributes() {
    constexpr std::string_view kPath = "workload.resourceAttributes";
    if (find_at(effective_.merged, kPath) == nullptr) return;
    json& attributes = make_at(effective_.merged, kPath);
    std::size_t bytes = 0;
    for (auto it = attributes.begin(); it != attributes.end();) {
      const std::size_t item =
          it.key().size() + trace::encode_attribute_value(it->get_ref<const std::string&>()).size() + 2;
      if (bytes + item <= kMaxAttributeBytes) {
        bytes += item;
        ++it;
        continue;
      }
      effective_.warnings.push_back(
          fmt::format("{}[{}] is left out: all together are over {} bytes", kPath, it.key(), kMaxAttributeBytes));
      effective_.origins.erase(fmt::format("{}[{}]", kPath, it.key()));
      it = attributes.erase(it);
    }
  }

 private:
  void set(std::string_view path, json value, const Origin& origin) {
    make_at(effective_.merged, path) = std::move(value);
    effective_.origins[std::string(path)] = origin;
  }

  void set_default(std::string_view path, json value) {
    if (find_at(effective_.merged, path) == nullptr) set(path, std::move(value), Origin{});
  }

  void merge_map(const Field& field, const json& value, const Origin& origin) {
    if (value.empty()) return;  // adds nothing: as if absent
    json& map = make_at(effective_.merged, field.path);
    for (const auto& [key, entry] : value.items()) {
      map[key] = entry;
      effective_.origins[fmt::format("{}[{}]", field.path, key)] = origin;
    }
  }

  void drop_group(std::string_view group) {
    for (const Field& field : fields()) {
      if (field.group != group) continue;
      erase_at(effective_.merged, field.path);
      effective_.origins.erase(std::string(field.path));
    }
  }

  Effective& effective_;
};

}  // namespace

Effective merge(const TracingPolicy* mesh, const TracingPolicy* ns, const TracingPolicy* workload) {
  Effective effective;
  effective.merged = json::object();
  Merger merger(effective);
  const std::array levels{std::pair{mesh, Level::kMesh}, std::pair{ns, Level::kNamespace},
                          std::pair{workload, Level::kWorkload}};
  for (const auto& [policy, level] : levels) {
    if (policy != nullptr) merger.lay_over(*policy, level);
  }
  // Whoever states sampling alone gets the workload's defaults, too.
  if (effective.merged.contains("sampling")) effective.merged.emplace("workload", json::object());
  merger.settle_encoding();
  merger.apply_defaults();
  merger.settle_batch();
  merger.bound_attributes();
  fill_settings(effective);
  return effective;
}

bool touches_pods(const Effective& effective) { return effective.merged.contains("workload"); }

}  // namespace meshtrace::policy
