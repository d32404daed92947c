#include "core/inject/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/inject/service.h"
#include "core/trace/expansion.h"
#include "core/trace/resource_attributes.h"

namespace meshtrace::inject {
namespace {

constexpr std::string_view kVariable = "OTEL_RESOURCE_ATTRIBUTES";
constexpr std::string_view kPrivateVariable = "MESHTRACE_OTEL_RESOURCE_ATTRIBUTES";
constexpr std::string_view kServiceName = "service.name";
constexpr std::size_t kTypicalListBytes = 512;

using trace::AttributeList;

// The pattern of a policy's keys, for annotations: SDKs do not decode keys, so that nothing else may stand in one.
bool is_attribute_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._/-").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// Text of a policy or an annotation, as it must stand in the list to reach the application as it is.
std::string literal(std::string_view value) { return trace::escape_dollars(trace::encode_attribute_value(value)); }

// The container's own list: may it be completed, and what does it say?
struct OwnList {
  const EnvEntry* entry = nullptr;
  AttributeList list;
  bool is_reference = false;  // valueFrom: completed by rename-and-reference
  bool untouchable = false;
  std::string warning;  // why, if it is untouchable

  // Nobody can say at admission which keys it brings.
  [[nodiscard]] bool is_opaque() const { return list.opaque || is_reference; }
  [[nodiscard]] bool states(std::string_view key) const {
    return std::find(list.keys.begin(), list.keys.end(), key) != list.keys.end();
  }
};

bool is_optional(const simdjson::dom::object& value_from) {
  for (const auto [kind, source] : value_from) {
    bool optional = false;
    if (source["optional"].get(optional) == simdjson::SUCCESS && optional) return true;
  }
  return false;
}

OwnList read_own(const Environment& environment) {
  OwnList own;
  own.untouchable = environment.is_kept_by_annotation(kVariable);
  own.entry = environment.find(kVariable);
  if (!own.entry) return own;
  const auto leave = [&](std::string_view why) {
    if (own.untouchable) return;  // as the annotation asks; no news to anybody
    own.untouchable = true;
    own.warning = fmt::format("{} is left as it is: {}", kVariable, why);
  };
  if (!own.entry->value_from) {
    own.list = trace::parse_attributes(own.entry->value.value_or(""));
    if (own.list.problem) leave(*own.list.problem + ", so that some SDKs drop the whole list");
    return own;
  }
  own.is_reference = true;
  if (own.entry->value && !own.entry->value->empty()) {
    leave("value and valueFrom exclude each other");
  } else if (is_optional(*own.entry->value_from)) {
    leave("its source is optional, and a reference to an absent variable would stay literal");
  } else if (environment.find(kPrivateVariable)) {
    leave(fmt::format("the name {} is taken", kPrivateVariable));
  }
  return own;
}

// Ours, in order, each key once.
class Builder {
 public:
  Builder(const Pod& pod, const policy::InjectionSettings& settings, const OwnList& own, Identity& identity)
      : pod_(pod), settings_(settings), own_(own), identity_(identity) {
    position_ = own.entry ? own.entry->index : Identity::kAtEnd;
    text_.reserve(kTypicalListBytes);
  }

  // An attribute whose computed value is a literal; nothing is added for an empty one.
  void add_literal(std::string_view key, std::string_view computed) {
    const std::string_view stated = stated_value(key);
    if (const std::string_view value = stated.empty() ? computed : stated; !value.empty()) append(key, literal(value));
  }

  // An attribute whose value is decided already.
  void add_decided(std::string_view key, std::string_view value) { append(key, literal(value)); }

  // An attribute made of downward variables joined by dots, and a literal end.
  void add_reference(std::string_view key, std::initializer_list<Downward> parts, std::string_view end = "") {
    if (own_.states(key) || has(key)) return;
    if (const std::string_view stated = stated_value(key); !stated.empty()) return append(key, literal(stated));
    if (!settings_.pod_identity) return;
    std::string value;
    for (const Downward part : parts) {
      const auto name = identity_.refer(part, position_);
      if (!name) {
        missing_.push_back(
            fmt::format("{} (the names {} and {} are taken)", key, downward(part).name, downward(part).private_name));
        return;
      }
      if (!value.empty()) value += '.';
      value += trace::reference(*name);
    }
    if (!end.empty()) value.append(".").append(literal(end));
    append(key, value);
  }

  void add_remaining_stated() {
    std::vector<std::string_view> keys;
    keys.reserve(settings_.resource_attributes.size() + pod_.annotations.size());
    for (const auto& [key, value] : settings_.resource_attributes) keys.push_back(key);
    for (const auto& [key, value] : pod_.annotations) {
      if (key.starts_with(kAttributeAnnotationPrefix)) keys.push_back(key.substr(kAttributeAnnotationPrefix.size()));
    }
    std::sort(keys.begin(), keys.end());
    for (const std::string_view key : keys) {
      if (key != kServiceName && is_attribute_key(key)) add_literal(key, "");
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

 private:
  // The annotation over the policy.
  [[nodiscard]] std::string_view stated_value(std::string_view key) const {
    if (const std::string_view annotated = attribute_annotation(pod_, key); !annotated.empty()) return annotated;
    for (const auto& [name, value] : settings_.resource_attributes) {
      if (name == key) return value;
    }
    return {};
  }

  [[nodiscard]] bool has(std::string_view key) const {
    return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
  }

  void append(std::string_view key, std::string_view value) {
    if (own_.states(key) || has(key)) return;
    const std::size_t own_bytes = own_.entry ? own_.entry->value.value_or("").size() : 0;
    if (text_.size() + key.size() + value.size() + own_bytes + 2 > kMaxAttributesBytes) {
      missing_.push_back(fmt::format("{} (the list would be over {} bytes)", key, kMaxAttributesBytes));
      return;
    }
    if (!text_.empty()) text_ += ',';
    text_.append(key).append("=").append(value);
    keys_.push_back(key);
  }

  const Pod& pod_;
  const policy::InjectionSettings& settings_;
  const OwnList& own_;
  Identity& identity_;
  std::size_t position_;
  std::string text_;
  std::vector<std::string_view> keys_;
  std::vector<std::string> missing_;
};

void add_workload(const Workload& workload, Builder& builder) {
  builder.add_literal("k8s.deployment.name", workload.deployment);
  builder.add_literal("k8s.replicaset.name", workload.replicaset);
  builder.add_literal("k8s.statefulset.name", workload.statefulset);
  builder.add_literal("k8s.daemonset.name", workload.daemonset);
  builder.add_literal("k8s.job.name", workload.job);
  builder.add_literal("k8s.cronjob.name", workload.cronjob);
  builder.add_literal("k8s.replicationcontroller.name", workload.replication_controller);
}

void add_all(const Pod& pod, const Container& container, const policy::InjectionSettings& settings, Builder& builder) {
  builder.add_reference("k8s.pod.name", {Downward::kPodName});
  builder.add_reference("k8s.node.name", {Downward::kNodeName});
  builder.add_reference("k8s.namespace.name", {Downward::kNamespace});
  builder.add_reference("k8s.pod.uid", {Downward::kPodUid});
  builder.add_literal("k8s.container.name", container.name);
  add_workload(pod.workload, builder);
  builder.add_literal("service.version", service_version(pod, container, settings));
  builder.add_reference("service.namespace", {Downward::kNamespace});
  builder.add_reference("service.instance.id", {Downward::kNamespace, Downward::kPodName}, container.name);
  builder.add_remaining_stated();
}

void write_list(const OwnList& own, const std::string& ours, Environment& environment) {
  if (!own.entry) {
    if (!ours.empty()) environment.set_unless_taken(kVariable, ours);
    return;
  }
  if (own.is_reference) {
    if (ours.empty()) return;
    environment.rename_and_reference(*own.entry, kPrivateVariable, ours + "," + trace::reference(kPrivateVariable));
    return;
  }
  if (ours.empty() && !own.list.has_empty_items) return;
  // Ours first: the last of equal keys wins in SDKs, and a reference in the own list may bring keys of ours.
  const std::string mended = trace::without_empty_items(own.entry->value.value_or(""));
  const std::string_view comma = ours.empty() || mended.empty() ? "" : ",";
  environment.replace_value(*own.entry, fmt::format("{}{}{}", ours, comma, mended));
}

// In a list whose keys nobody can tell, service.name goes first into the list itself: OTEL_SERVICE_NAME would outrank
// one that the list brings.
bool belongs_into_list(const OwnList& own) { return own.is_opaque() && !own.untouchable; }

void apply_service_name(std::optional<std::string_view> name, const OwnList& own, Identity& identity,
                        Environment& environment) {
  constexpr std::string_view kName = "OTEL_SERVICE_NAME";
  if (own.is_opaque() || own.states(kServiceName)) return;
  if (environment.is_taken(kName)) return environment.note_kept(kName);
  if (name) return environment.set_unless_taken(kName, trace::escape_dollars(*name));
  const auto variable = identity.refer(Downward::kPodName, Identity::kAtEnd);
  if (variable) environment.set_unless_taken(kName, trace::reference(*variable));
}

}  // namespace

void apply_attributes(const Pod& pod, const Container& container, const policy::InjectionSettings& settings,
                      Identity& identity, Environment& environment, std::vector<std::string>& warnings) {
  const OwnList own = read_own(environment);
  const auto name = service_name(pod, container, settings);
  apply_service_name(name, own, identity, environment);
  if (own.untouchable) {
    environment.note_kept(kVariable);
    if (!own.warning.empty()) warnings.push_back(own.warning);
    return;
  }
  Builder builder(pod, settings, own, identity);
  if (belongs_into_list(own) && !environment.is_taken("OTEL_SERVICE_NAME")) {
    if (name) {
      builder.add_decided(kServiceName, *name);
    } else {
      builder.add_reference(kServiceName, {Downward::kPodName});
    }
  }
  add_all(pod, container, settings, builder);
  for (const std::string& missing : builder.missing()) {
    warnings.push_back(fmt::format("attribute left out: {}", missing));
  }
  write_list(own, builder.text(), environment);
}

}  // namespace meshtrace::inject
