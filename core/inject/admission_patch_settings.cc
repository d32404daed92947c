// settings_patch(): the rules of variables.cc and batch.cc in CEL.
#include <fmt/format.h>

#include "core/inject/admission_patch.h"
#include "core/inject/cel.h"
#include "core/inject/variables.h"
#include "core/trace/expansion.h"

namespace meshtrace::inject {
namespace {

// Expressions of [name, value] lists, in order: a row is one variable, `unit` two that stand or fall together.
class Rows {
 public:
  void add(std::string_view name, std::string_view value) { rows_.push_back("[" + row(name, value) + "]"); }

  void add_unit(const std::vector<std::string>& names, const std::vector<std::string>& rows) {
    rows_.push_back(
        fmt::format("({}.exists(n, {}) ? [] : {})", cel::literals(names), patch::is_taken("n"), cel::list(rows)));
  }

  void add_list(std::string expression) { rows_.push_back(std::move(expression)); }

  static std::string row(std::string_view name, std::string_view value) {
    return fmt::format("[{}, {}]", cel::literal(name), value);
  }

  [[nodiscard]] std::string expression() const {
    return rows_.empty() ? "[]" : fmt::format("({})", fmt::join(rows_, "\n    + "));
  }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::string> rows_;
};

void add_sampler(const policy::Sampling& sampling, Rows& rows) {
  const std::vector<std::string> names{"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"};
  if (sampling.owner == policy::SamplingOwner::kProxy) {
    rows.add_unit(names, {Rows::row(names[0], "'parentbased_always_on'")});
  } else {
    rows.add_unit(names, {Rows::row(names[0], "'parentbased_traceidratio'"),
                          Rows::row(names[1], cel::literal(sampler_argument(sampling.hundredths)))});
  }
}

// The queue that the policy wants: from the memory limit with the arithmetic of queue_for_memory(), which a double
// holds exactly as far as it matters.
std::string wanted_queue(const policy::BatchSpanProcessor& batch) {
  if (!batch.queue_from_memory) return std::to_string(batch.max_queue_size);
  return fmt::format(
      "[c.?resources.?limits.?memory.orValue('')].map(m, !isQuantity(m) ? {}\n"
      "      : [quantity(m).asApproximateFloat() * {}.0 * 1024.0 / 5000000000.0]\n"
      "      .map(n, n >= 65536.0 ? 65536 : n < 1.0 ? 1 : int(n))[0])[0]",
      batch.max_queue_size, batch.memory_headroom_percent);
}

// Queue and batch by the rules of apply_pair(): what the container states of them stands, ours is made to fit.
std::string queue_and_batch(const policy::BatchSpanProcessor& batch) {
  constexpr const char* kQueue = "OTEL_BSP_MAX_QUEUE_SIZE";
  constexpr const char* kBatch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
  const auto own = [](const char* name) {
    return fmt::format("env.filter(e, e.name == '{}').map(e, string(e.?value.orValue('')))", name);
  };
  const auto number = [](const char* list) {
    return fmt::format("{0}.all(t, t.matches('^0*[1-9][0-9]{{0,8}}$'))", list);
  };
  const auto at_most = [&](const std::string& queue) {
    return fmt::format("string({0} < {1} ? {0} : {1})", queue, batch.max_export_batch_size);
  };
  const std::string choice = fmt::format(
      "'{0}' in variables.keep || '{1}' in variables.keep || (queue.size() > 0 && batch.size() > 0) ? []\n"
      "      : !{2} || !{3} ? []\n"
      "      : queue.size() > 0 ? [{4}]\n"
      "      : batch.size() > 0 ? [{5}]\n"
      "      : [{6}, {7}]",
      kQueue, kBatch, number("queue"), number("batch"), Rows::row(kBatch, at_most("int(queue[0])")),
      Rows::row(kQueue, "string(int(batch[0]) > wanted ? int(batch[0]) : wanted)"), Rows::row(kQueue, "string(wanted)"),
      Rows::row(kBatch, at_most("wanted")));
  return cel::bind("queue", own(kQueue),
                   cel::bind("batch", own(kBatch), cel::bind("wanted", wanted_queue(batch), choice)));
}

void add_batch(const policy::BatchSpanProcessor& batch, Rows& rows) {
  rows.add("OTEL_BSP_SCHEDULE_DELAY", fmt::format("'{}'", batch.schedule_delay.count()));
  if (batch.export_timeout) rows.add("OTEL_BSP_EXPORT_TIMEOUT", fmt::format("'{}'", batch.export_timeout->count()));
  rows.add_list(queue_and_batch(batch));
}

// The endpoint's references to variables of ours, by the names under which this container has them.
std::string endpoint_text(const policy::InjectionSettings& settings) {
  std::string text = cel::literal(*settings.exporter_endpoint);
  for (const Downward which : downward_use(settings).by_endpoint) {
    const std::string reference = cel::literal(trace::reference(downward(which).name));
    text +=
        fmt::format(".replace({0}, ([{1}].filter(r, r != '') + [{0}])[0])", reference, patch::refer(which, "usable"));
  }
  return text;
}

void add_exporter(const policy::InjectionSettings& settings, Rows& rows) {
  const std::vector<std::string> names{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"};
  std::vector<std::string> values;
  if (settings.exporter_endpoint) values.push_back(Rows::row(names[0], endpoint_text(settings)));
  if (settings.exporter_protocol) values.push_back(Rows::row(names[1], cel::literal(*settings.exporter_protocol)));
  if (!values.empty()) rows.add_unit(names, values);
}

}  // namespace

std::string settings_patch(const policy::InjectionSettings& settings) {
  Rows rows;
  if (!settings.propagators.empty()) {
    rows.add("OTEL_PROPAGATORS", cel::literal(fmt::format("{}", fmt::join(settings.propagators, ","))));
  }
  if (settings.sampling) add_sampler(*settings.sampling, rows);
  if (settings.batch) add_batch(*settings.batch, rows);
  add_exporter(settings, rows);
  if (settings.sdk_disabled) rows.add("OTEL_SDK_DISABLED", *settings.sdk_disabled ? "'true'" : "'false'");
  if (rows.empty()) return {};
  const std::string wanted = rows.expression() + "\n    .filter(v, !" + patch::is_taken("v[0]") + ")";
  return patch::for_each_container(patch::with_usable(downward_use(settings).by_endpoint,
                                                      wanted + ".map(v, " + patch::append("v[0]", "v[1]") + ")"));
}

}  // namespace meshtrace::inject
