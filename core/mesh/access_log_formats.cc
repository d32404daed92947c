#include "core/mesh/access_log_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/policy/access_log_operators.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

// The fields of the text format, in its order, between blanks.
constexpr std::array kTextFields{
    R"([%START_TIME%])",
    R"("%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%")",
    R"(%RESPONSE_CODE%)",
    R"(%RESPONSE_FLAGS%)",
    R"(%RESPONSE_CODE_DETAILS%)",
    R"(%CONNECTION_TERMINATION_DETAILS%)",
    R"("%UPSTREAM_TRANSPORT_FAILURE_REASON%")",
    R"(%BYTES_RECEIVED%)",
    R"(%BYTES_SENT%)",
    R"(%DURATION%)",
    R"(%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%)",
    R"("%REQ(X-FORWARDED-FOR)%")",
    R"("%REQ(USER-AGENT)%")",
    R"("%REQ(X-REQUEST-ID)%")",
    R"("%REQ(:AUTHORITY)%")",
    R"("%UPSTREAM_HOST%")",
    R"(%UPSTREAM_CLUSTER_RAW%)",
    R"(%UPSTREAM_LOCAL_ADDRESS%)",
    R"(%DOWNSTREAM_LOCAL_ADDRESS%)",
    R"(%DOWNSTREAM_REMOTE_ADDRESS%)",
    R"(%REQUESTED_SERVER_NAME%)",
    R"(%ROUTE_NAME%)",
};

// JSON fields whose command is their name in capitals.
constexpr std::array kPlainJsonFields{
    "bytes_received",
    "bytes_sent",
    "connection_termination_details",
    "downstream_local_address",
    "downstream_remote_address",
    "duration",
    "protocol",
    "requested_server_name",
    "response_code",
    "response_code_details",
    "response_flags",
    "route_name",
    "start_time",
    "upstream_host",
    "upstream_local_address",
    "upstream_transport_failure_reason",
};
constexpr std::array kOtherJsonFields{
    std::pair{"authority", "%REQ(:AUTHORITY)%"},
    std::pair{"method", "%REQ(:METHOD)%"},
    std::pair{"path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"},
    std::pair{"request_id", "%REQ(X-REQUEST-ID)%"},
    std::pair{"upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"},
    std::pair{"upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"},
    std::pair{"user_agent", "%REQ(USER-AGENT)%"},
    std::pair{"x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"},
};

using Header = std::string_view;
constexpr std::array<Header, 2> kW3c{"traceparent", "tracestate"};
constexpr std::array<Header, 6> kB3{"b3",           "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid",
                                    "x-b3-sampled", "x-b3-flags"};
// Envoy's LightStep carrier and the text carrier of the OpenTracing libraries.
constexpr std::array<Header, 4> kOpenTracing{"x-ot-span-context", "ot-tracer-traceid", "ot-tracer-spanid",
                                             "ot-tracer-sampled"};
constexpr std::array<Header, 1> kRequestId{"x-request-id"};
constexpr std::array<Header, 1> kCloudTrace{"x-cloud-trace-context"};
constexpr std::array<Header, 3> kDatadog{"x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority"};
constexpr std::array<Header, 1> kXRay{"x-amzn-trace-id"};
constexpr std::array<Header, 1> kJaeger{"uber-trace-id"};
constexpr std::array<Header, 1> kBaggage{"baggage"};

struct Preset {
  std::string_view name;
  std::span<const Header> headers;
};
constexpr std::array kPresets{
    Preset{"W3C", kW3c},
    Preset{"B3", kB3},
    Preset{"OpenTracing", kOpenTracing},
    Preset{"RequestID", kRequestId},
    Preset{"CloudTrace", kCloudTrace},
    Preset{"Datadog", kDatadog},
    Preset{"XRay", kXRay},
    Preset{"Jaeger", kJaeger},
    Preset{"Baggage", kBaggage},
};

// Istio logged the cluster's plain name until there was a raw one.
std::string for_envoy(std::string format, const std::optional<Version>& envoy) {
  constexpr std::string_view kRaw = "UPSTREAM_CLUSTER_RAW";
  const int since = policy::find_access_log_operator(kRaw)->since;
  const std::size_t at = format.find(kRaw);
  if (!envoy || *envoy >= Version{1, since, 0} || at == std::string::npos) return format;
  return format.replace(at, kRaw.size(), "UPSTREAM_CLUSTER");
}

}  // namespace

std::string default_text_format(const std::optional<Version>& envoy) {
  return for_envoy(fmt::format("{}\n", fmt::join(kTextFields, " ")), envoy);
}

json default_json_format(const std::optional<Version>& envoy) {
  json format = json::object();
  for (const std::string name : kPlainJsonFields) {
    std::string command = name;
    std::transform(command.begin(), command.end(), command.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    format[name] = "%" + command + "%";
  }
  for (const auto& [name, command] : kOtherJsonFields) format[name] = for_envoy(command, envoy);
  return format;
}

std::span<const std::string_view> headers_of_preset(std::string_view preset) {
  const auto found =
      std::find_if(kPresets.begin(), kPresets.end(), [&](const Preset& each) { return each.name == preset; });
  return found == kPresets.end() ? std::span<const std::string_view>() : found->headers;
}

}  // namespace meshtrace::mesh
