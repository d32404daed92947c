// A TracingPolicy as a namespace user writes it: refused with a reason, or decoded into values that are in their ranges
// and that decode to themselves again.
#include <cstdint>
#include <string>

#include "core/policy/decode.h"
#include "core/policy/effective.h"
#include "core/policy/findings.h"
#include "kube/json.h"
#include "tests/fuzz/require.h"

namespace meshtrace::fuzz {
namespace {

using nlohmann::json;
using policy::DecodeOptions;

void check_injection(const policy::InjectionSettings& settings) {
  require(settings.hash.size() == 16 && settings.hash.find_first_not_of("0123456789abcdef") == std::string::npos,
          "the mark is 16 hexadecimal digits", settings.hash);
  if (settings.sampling) {
    require(settings.sampling->hundredths >= 0 && settings.sampling->hundredths <= 10'000, "a percentage is 0 to 100");
  }
  if (const auto& batch = settings.batch) {
    require(batch->max_queue_size >= 1 && batch->max_queue_size <= 65'536, "a queue is 1 to 65536 spans");
    require(batch->max_export_batch_size >= 1, "a batch is 1 span at least");
    require(batch->queue_from_memory || batch->max_export_batch_size <= batch->max_queue_size, "batch <= queue");
    require(batch->schedule_delay.count() > 0, "a delay is positive");
  }
}

void check_findings(const std::vector<policy::FieldError>& findings) {
  // The last one may say how many more there were.
  require(findings.size() <= policy::kMaxFindings + 1, "findings are bounded", std::to_string(findings.size()));
  for (const policy::FieldError& finding : findings) {
    require(!finding.message.empty(), "a finding says what");
    const json text = finding.path + ": " + finding.message;
    (void)text.dump();  // throws where it is not UTF-8
  }
}

void check(const json& object, DecodeOptions::UnknownFields unknown) {
  const DecodeOptions options{.unknown_fields = unknown};
  const policy::Decoded decoded = policy::decode(object, options);
  require(decoded.policy.has_value() == decoded.errors.empty(), "a policy exactly when there is no error");
  check_findings(decoded.errors);
  check_findings(decoded.warnings);
  if (!decoded.policy) return;

  const policy::TracingPolicy& read = *decoded.policy;
  require(!read.ns.empty(), "a policy has a namespace");
  json again = {{"apiVersion", policy::kApiVersion},
                {"kind", policy::kKind},
                {"metadata", {{"name", read.name}, {"namespace", read.ns}}},
                {"spec", read.spec}};
  const policy::Decoded twice = policy::decode(again, {});
  require(twice.policy && twice.policy->spec == read.spec, "a decoded spec decodes to itself", again.dump());

  const policy::Effective alone = policy::merge(nullptr, &read, nullptr);
  const policy::Effective thrice = policy::merge(&read, &read, &read);
  require(alone.merged == thrice.merged && alone.injection.hash == thrice.injection.hash,
          "merging a policy with itself gives itself", alone.merged.dump() + "\n" + thrice.merged.dump());
  check_injection(alone.injection);
}

}  // namespace
}  // namespace meshtrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = meshtrace::kube::parse_json("policy", {reinterpret_cast<const char*>(data), size});
  if (!object) return 0;
  using Unknown = meshtrace::policy::DecodeOptions::UnknownFields;
  for (const Unknown unknown : {Unknown::kRefuse, Unknown::kWarn}) meshtrace::fuzz::check(*object, unknown);
  return 0;
}
