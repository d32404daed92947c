#include "core/policy/fields.h"

#include <algorithm>
#include <array>

namespace meshtrace::policy {
namespace {

using Word = std::string_view;

constexpr std::array<Word, 2> kModes{"Enforce", "Audit"};
constexpr std::array<Word, 2> kOwners{"SDK", "Proxy"};
constexpr std::array<Word, 4> kServiceNameSources{"Auto", "Canonical", "Label", "Value"};
constexpr std::array<Word, 2> kProfiles{"Default", "HighThroughput"};
constexpr std::array<Word, 2> kProtocols{"grpc", "http/protobuf"};
constexpr std::array<Word, 2> kEncodings{"TEXT", "JSON"};
constexpr std::array<Word, 9> kTraceHeaders{"W3C",     "B3",   "OpenTracing", "RequestID", "CloudTrace",
                                            "Datadog", "XRay", "Jaeger",      "Baggage"};
constexpr std::array<Word, 2> kAppliesTo{"Gateways", "All"};
constexpr std::array<Word, 2> kInvalidTraceparent{"Keep", "Remove"};
constexpr std::array<Word, 2> kDuplicateContext{"Keep", "PreferW3C"};

// Limits. Each bounds what a namespace's user can make others store, compare or evaluate (the CRD's rules have a cost
// budget, too); none is near what a real policy needs.
constexpr std::size_t kMaxSelectorLabels = 32;
constexpr std::size_t kMaxLabelKey = 317;   // characters: subdomain of 253, a slash, name of 63
constexpr std::size_t kMaxLabelValue = 63;  // characters
constexpr std::size_t kMaxContainerName = 63;
constexpr std::size_t kMaxContainerGlobs = 32;
constexpr std::size_t kMaxServiceName = 255;
constexpr std::size_t kMaxAttributes = 64;
constexpr std::size_t kMaxAttributeKey = 256;
constexpr std::size_t kMaxAttributeValue = 1024;
constexpr std::size_t kMaxPropagators = 16;
constexpr std::size_t kMaxPropagatorName = 64;
constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxProviderName = 253;
constexpr std::size_t kMaxFilePath = 1024;
constexpr std::size_t kMaxFormat = 8192;  // characters; one line of log
constexpr std::size_t kMaxJsonFields = 64;
constexpr std::size_t kMaxJsonKey = 128;
constexpr std::size_t kMaxJsonValue = 1024;
constexpr std::size_t kMaxDuration = 24;   // characters
constexpr Range kDelay{1, 600'000};        // ms: an exporter that waits longer than ten minutes is off
constexpr Range kSpans{1, 65'536};         // a queue of 3 GB
constexpr Range kHeadersKb{1, 8192};       // KiB: what Envoy admits
constexpr Range kHeadersCount{1, 10'000};  // a request with more is an attack
constexpr Range kBaggage{1, 1'048'576};    // bytes; W3C Baggage asks platforms for 8192

constexpr std::string_view kWithWorkload = "workload";
constexpr std::string_view kWithBatch = "workload.batchSpanProcessor";

constexpr std::string_view kSamplingGroup = "sampling";
constexpr std::string_view kServiceNameGroup = "workload.serviceName.from";
constexpr std::string_view kBatchGroup = "workload.batchSpanProcessor";
constexpr std::string_view kFormatGroup = "proxy.accessLog.format";

// Not constexpr: it holds addresses of patterns that another file defines. It is initialised before anything runs all
// the same, since every part is a constant expression.
const std::array kFields{
    Field{.path = "mode", .type = Type::kString, .one_of = kModes, .default_json = R"("Enforce")"},
    Field{.path = "selector"},
    Field{.path = "selector.matchLabels",
          .type = Type::kStringMap,
          .min_length = 0,
          .max_length = kMaxLabelValue,
          .max_items = kMaxSelectorLabels,
          .pattern = &kLabelValue,
          .key_pattern = &kLabelKey,
          .max_key_length = kMaxLabelKey},

    Field{.path = "sampling"},
    Field{
        .path = "sampling.owner", .type = Type::kString, .required = true, .one_of = kOwners, .group = kSamplingGroup},
    Field{.path = "sampling.percentage",
          .type = Type::kNumber,
          .required = true,
          .range = Range{0, 100},
          .group = kSamplingGroup},

    Field{.path = "workload"},
    Field{.path = "workload.containers"},
    Field{.path = "workload.containers.include",
          .type = Type::kStringList,
          .max_length = kMaxContainerName,
          .max_items = kMaxContainerGlobs,
          .pattern = &kContainerGlob,
          .default_json = R"(["*"])",
          .default_with = kWithWorkload},
    Field{.path = "workload.containers.exclude",
          .type = Type::kStringList,
          .max_length = kMaxContainerName,
          .max_items = kMaxContainerGlobs,
          .pattern = &kContainerGlob,
          .default_json = "[]",
          .default_with = kWithWorkload},
    Field{
        .path = "workload.podIdentity", .type = Type::kBoolean, .default_json = "true", .default_with = kWithWorkload},
    Field{.path = "workload.serviceName"},
    Field{.path = "workload.serviceName.from",
          .type = Type::kString,
          .one_of = kServiceNameSources,
          .group = kServiceNameGroup,
          .default_json = R"("Auto")",
          .default_with = kWithWorkload},
    Field{.path = "workload.serviceName.key",
          .type = Type::kString,
          .max_length = kMaxLabelKey,
          .pattern = &kLabelKey,
          .group = kServiceNameGroup},
    Field{.path = "workload.serviceName.value",
          .type = Type::kString,
          .max_length = kMaxServiceName,
          .pattern = &kNoControls,
          .group = kServiceNameGroup},
    Field{.path = "workload.serviceName.useWellKnownLabels",
          .type = Type::kBoolean,
          .default_json = "false",
          .default_with = kWithWorkload},
    Field{.path = "workload.resourceAttributes",
          .type = Type::kStringMap,
          .max_length = kMaxAttributeValue,
          .max_items = kMaxAttributes,
          .key_pattern = &kAttributeKey,
          .max_key_length = kMaxAttributeKey},
    Field{.path = "workload.propagators",
          .type = Type::kStringList,
          .max_length = kMaxPropagatorName,
          .min_items = 1,
          .max_items = kMaxPropagators,
          .unique_items = true,
          .pattern = &kPropagatorName,
          .default_json = R"(["tracecontext","baggage"])",
          .default_with = kWithWorkload},
    Field{.path = "workload.batchSpanProcessor"},
    Field{.path = "workload.batchSpanProcessor.profile",
          .type = Type::kString,
          .one_of = kProfiles,
          .group = kBatchGroup,
          .default_json = R"("Default")",
          .default_with = kWithBatch},
    Field{.path = "workload.batchSpanProcessor.scheduleDelay",
          .type = Type::kDuration,
          .range = kDelay,
          .max_length = kMaxDuration,
          .pattern = &kDurationText,
          .group = kBatchGroup},
    Field{.path = "workload.batchSpanProcessor.exportTimeout",
          .type = Type::kDuration,
          .range = kDelay,
          .max_length = kMaxDuration,
          .pattern = &kDurationText,
          .group = kBatchGroup},
    Field{.path = "workload.batchSpanProcessor.maxQueueSize",
          .type = Type::kIntegerOrAuto,
          .range = kSpans,
          .group = kBatchGroup},
    Field{.path = "workload.batchSpanProcessor.memoryHeadroomPercent",
          .type = Type::kInteger,
          .range = Range{1, 100},
          .group = kBatchGroup,
          .default_json = "20",
          .default_with = kWithBatch},
    Field{.path = "workload.batchSpanProcessor.maxExportBatchSize",
          .type = Type::kInteger,
          .range = kSpans,
          .group = kBatchGroup},
    Field{.path = "workload.exporter"},
    Field{.path = "workload.exporter.endpoint", .type = Type::kString, .max_length = kMaxUrl, .pattern = &kHttpUrl},
    Field{.path = "workload.exporter.protocol", .type = Type::kString, .one_of = kProtocols},
    Field{.path = "workload.sdkDisabled", .type = Type::kBoolean},

    Field{.path = "proxy"},
    Field{.path = "proxy.tracingProvider",
          .type = Type::kString,
          .max_length = kMaxProviderName,
          .pattern = &kProviderName},
    Field{.path = "proxy.accessLog"},
    Field{.path = "proxy.accessLog.file", .type = Type::kString, .max_length = kMaxFilePath, .pattern = &kFilePath},
    Field{.path = "proxy.accessLog.encoding",
          .type = Type::kString,
          .one_of = kEncodings,
          .default_json = R"("TEXT")",
          .default_with = "proxy.accessLog"},
    Field{.path = "proxy.accessLog.traceHeaders",
          .type = Type::kStringList,
          .one_of = kTraceHeaders,
          .max_items = kTraceHeaders.size(),
          .unique_items = true,
          .group = kFormatGroup},
    Field{.path = "proxy.accessLog.format", .type = Type::kString, .max_length = kMaxFormat, .group = kFormatGroup},
    Field{.path = "proxy.accessLog.jsonFormat",
          .type = Type::kStringMap,
          .max_length = kMaxJsonValue,
          .min_items = 1,
          .max_items = kMaxJsonFields,
          .key_pattern = &kNoControls,
          .max_key_length = kMaxJsonKey,
          .group = kFormatGroup},
    Field{.path = "proxy.headers"},
    Field{.path = "proxy.headers.maxRequestHeadersKb", .type = Type::kInteger, .range = kHeadersKb},
    Field{.path = "proxy.headers.maxRequestHeadersCount", .type = Type::kInteger, .range = kHeadersCount},
    Field{.path = "proxy.headers.preserveExternalRequestId", .type = Type::kBoolean},
    Field{.path = "proxy.headers.appliesTo",
          .type = Type::kString,
          .one_of = kAppliesTo,
          .default_json = R"("Gateways")",
          .default_with = "proxy.headers"},
    Field{.path = "proxy.headers.invalidTraceparent",
          .type = Type::kString,
          .root_only = true,
          .one_of = kInvalidTraceparent},
    Field{.path = "proxy.headers.duplicateContext",
          .type = Type::kString,
          .root_only = true,
          .one_of = kDuplicateContext},
    Field{.path = "proxy.headers.maxBaggageBytes", .type = Type::kInteger, .root_only = true, .range = kBaggage},
};

}  // namespace

std::span<const Field> fields() { return kFields; }

const Field* find_field(std::string_view path) {
  const auto found =
      std::find_if(kFields.begin(), kFields.end(), [&](const Field& field) { return field.path == path; });
  return found == kFields.end() ? nullptr : &*found;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('.') + 1); }

}  // namespace meshtrace::policy
