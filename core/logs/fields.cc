#include "core/logs/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "core/trace/traceparent.h"

namespace meshtrace::logs {
namespace {

struct Row {
  std::string_view name;
  Field field;
};

constexpr std::array kHeaders{
    Row{"traceparent", Field::kTraceparent},    Row{"x-request-id", Field::kRequestId},
    Row{":authority", Field::kAuthority},       Row{":path", Field::kPath},
    Row{"x-envoy-original-path", Field::kPath}, Row{":method", Field::kMethod},
};

constexpr std::array kOperators{
    Row{"RESPONSE_CODE", Field::kResponseCode},
    Row{"UPSTREAM_CLUSTER", Field::kUpstreamCluster},
    Row{"UPSTREAM_CLUSTER_RAW", Field::kUpstreamCluster},
    Row{"PATH", Field::kPath},
    Row{"PROTOCOL", Field::kProtocol},
    Row{"START_TIME", Field::kStartTime},
};

template <class Rows>
std::optional<Field> find(const Rows& rows, std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.name == name; });
  return row == rows.end() ? std::nullopt : std::optional(row->field);
}

}  // namespace

std::optional<Field> field_of(const policy::AccessLogCommand& command) {
  constexpr std::array<std::string_view, 3> kReadHeaders{"REQ", "REQUEST_HEADER", "REQ_WITHOUT_QUERY"};
  if (std::find(kReadHeaders.begin(), kReadHeaders.end(), command.name) == kReadHeaders.end()) {
    return find(kOperators, command.name);
  }
  // Of "A?B", B is logged only where A is not there.
  std::string header = command.arguments.substr(0, command.arguments.find('?'));
  std::transform(header.begin(), header.end(), header.begin(), [](unsigned char c) { return std::tolower(c); });
  return find(kHeaders, header);
}

Result<void> check_length(const policy::AccessLogPart& part) {
  if (!part.command || field_of(*part.command) != Field::kTraceparent) return {};
  if (!part.max_length || *part.max_length >= trace::kTraceparentLength) return {};
  return fail("", fmt::format("it cuts traceparent to {} characters; {} are needed to judge it", *part.max_length,
                              trace::kTraceparentLength));
}

}  // namespace meshtrace::logs
