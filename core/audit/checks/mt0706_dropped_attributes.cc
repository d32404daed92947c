#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/trace/resource_attributes.h"

namespace meshtrace::audit {
namespace {

constexpr const char* kAttributes = "OTEL_RESOURCE_ATTRIBUTES";

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// The value with what SDKs stumble over percent-encoded, and everything else, encoded bytes too, as it stands.
std::string mended_value(std::string_view value) {
  std::string mended;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_byte = value[i] == '%' && i + 2 < value.size() && is_hex(value[i + 1]) && is_hex(value[i + 2]);
    const bool is_bad = value[i] == '=' || value[i] == ';' || (value[i] == '%' && !is_byte);
    mended += is_bad ? trace::encode_attribute_value(value.substr(i, 1)) : std::string(1, value[i]);
  }
  return mended;
}

// Semicolons where each part is key=value were meant as commas.
bool is_list_with_semicolons(const std::string& text) {
  const auto parts = split_list(text, ";");
  return text.find(',') == std::string::npos && parts.size() > 1 &&
         std::all_of(parts.begin(), parts.end(),
                     [](const auto& part) { return std::count(part.begin(), part.end(), '=') == 1; });
}

std::string mended_list(const std::string& text) {
  std::string mended;
  for (const std::string& item : split_list(text, is_list_with_semicolons(text) ? ";" : ",")) {
    const std::size_t equals = item.find('=');
    const bool is_reference = equals == std::string::npos && item.starts_with("$(");
    if ((equals == std::string::npos && !is_reference) || equals == 0) continue;  // no key: nobody can read it
    if (!mended.empty()) mended += ',';
    mended +=
        is_reference ? item : item.substr(0, equals + 1) + mended_value(std::string_view(item).substr(equals + 1));
  }
  return mended;
}

const char* loss_in(Language language) {
  switch (language) {
    case Language::kNode:
      return "Node.js drops all of its attributes";
    case Language::kUnknown:
      return "Node.js drops all of its attributes, other SDKs the one or none";
    default:
      return "its SDK drops that attribute, or shows it wrong";
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) {
    for (const EnvVariable& entry : container->env) {
      if (entry.by_policy || entry.name != kAttributes || !entry.value) continue;
      const trace::AttributeList list = trace::parse_attributes(*entry.value);
      if (!list.problem) continue;
      findings.add(subject,
                   fmt::format("Spans of {} lack resource attributes: in OTEL_RESOURCE_ATTRIBUTES {}, and {}.",
                               in_container(*container), *list.problem, loss_in(container->language)),
                   {.field = entry.field + ".value",
                    .fix = set_variables(*workload, *container, {{kAttributes, mended_list(*entry.value)}})});
    }
  }
}

}  // namespace

const Check kDroppedAttributes{
    .code = "MT0706",
    .severity = Severity::kWarning,
    .title = "OTEL_RESOURCE_ATTRIBUTES that an SDK drops",
    .effect = "Spans come without k8s.pod.name and the like, so that nobody finds out which pod they are from.",
    .page = R"(The list is `key=value,key=value` with values percent-encoded. A second raw `=`, a `;`, a `%` that
begins no encoded byte, and an item without `=` or without a key are read differently by every SDK: Node's drops the
whole variable, Python's keeps the value as text or drops the item.

The fix encodes what is raw, drops items without a key, and turns semicolons into commas where each part is
`key=value`. A policy adds nothing to such a list until it is mended (the injection's reply warns).

Spaces, quotes, non-ASCII text and empty items are read by Node and Python, and not reported.

Sources: OpenTelemetry, "Resource SDK"; W3C Baggage; run with the SDKs of Node and Python.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
