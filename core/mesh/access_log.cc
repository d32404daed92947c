#include "core/mesh/access_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "core/mesh/access_log_formats.h"
#include "core/policy/access_log_format.h"
#include "core/policy/access_log_operators.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

constexpr std::string_view kLineEnds = "\r\n";
constexpr const char* kDetailsName = "response_code_details";
constexpr const char* kDetailsOperator = "RESPONSE_CODE_DETAILS";

// Of a JSON format in the mesh: Envoy takes no deeper message.
constexpr int kMaxJsonDepth = 64;

std::string in_case(std::string_view text, bool upper) {
  std::string out(text);
  for (char& c : out) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// What is to be added: a field's name, and the command that fills it.
struct Field {
  std::string name;
  std::string command;
};

// What a format logs already.
struct Logged {
  std::set<std::string> headers;    // of requests, in lower case
  std::set<std::string> operators;  // RESPONSE_CODE_DETAILS
};

void look_at(std::string_view format, Logged& logged) {
  for (const policy::AccessLogCommand& command : policy::access_log_commands(format)) {
    logged.operators.insert(command.name);
    if (command.name != "REQ" && command.name != "REQUEST_HEADER") continue;
    // Of "A?B" only A is logged whenever it is there.
    logged.headers.insert(in_case(command.arguments.substr(0, command.arguments.find('?')), false));
  }
}

void look_at(const json& format, Logged& logged) {
  if (format.is_string()) return look_at(std::string_view(format.get_ref<const std::string&>()), logged);
  if (!format.is_structured()) return;
  for (const json& member : format) look_at(member, logged);
}

std::vector<Field> missing_fields(const json& presets, Logged logged) {
  std::vector<Field> fields;
  for (const json& preset : presets) {
    for (const std::string_view header : headers_of_preset(preset.get_ref<const std::string&>())) {
      if (!logged.headers.insert(std::string(header)).second) continue;
      fields.push_back({std::string(header), fmt::format("%REQ({})%", in_case(header, true))});
    }
  }
  // Without it nobody can tell a request that the proxy refused from one that the application did.
  if (!presets.empty() && !logged.operators.contains(kDetailsOperator)) {
    fields.push_back({kDetailsName, fmt::format("%{}%", kDetailsOperator)});
  }
  return fields;
}

// Where a text format is one JSON object, fields go into it; else they are appended to its last line.
std::string with_fields(std::string_view format, const std::vector<Field>& fields) {
  const std::size_t end = format.find_last_not_of(kLineEnds) + 1;
  std::string body(format.substr(0, end));
  const std::string line_end(end < format.size() ? format.substr(end) : "\n");
  const bool is_object = body.starts_with('{') && body.ends_with('}');
  if (is_object) body.pop_back();
  for (const Field& field : fields) {
    const bool is_first = body.empty() || (is_object && body.find_last_not_of(" \t\r\n") == 0);
    if (is_object) {
      body += fmt::format(R"({}"{}":"{}")", is_first ? "" : ",", field.name, field.command);
    } else {
      body += fmt::format("{}{}={}", is_first ? "" : " ", field.name, field.command);
    }
  }
  return body + (is_object ? "}" : "") + line_end;
}

bool is_json(const json& encoding) { return encoding == "JSON" || encoding == 1; }

// As Istio reads it: what is no JSON object counts as no format. What is too deep is not even built.
json mesh_json_format(const std::string& format, const std::optional<Version>& envoy) {
  bool too_deep = false;
  const auto within_depth = [&](int depth, json::parse_event_t, const json&) {
    too_deep = too_deep || depth > kMaxJsonDepth;
    return !too_deep;
  };
  json parsed = json::parse(format, within_depth, /*allow_exceptions=*/false);
  return !too_deep && parsed.is_object() && !parsed.empty() ? parsed : default_json_format(envoy);
}

std::string mesh_format(const json& mesh, LogEncoding encoding) {
  const bool is_mesh_json = is_json(mesh.value("accessLogEncoding", json()));
  const auto format = mesh.find("accessLogFormat");
  if (format == mesh.end() || !format->is_string() || is_mesh_json != (encoding == LogEncoding::kJson)) return "";
  return format->get<std::string>();
}

void look_for_strings(const json& value, std::vector<std::string>& strings) {
  if (value.is_string()) strings.push_back(value.get<std::string>());
  if (!value.is_structured()) return;
  for (const json& member : value) look_for_strings(member, strings);
}

std::optional<std::string> refusal(const policy::AccessLogCommand& command, const Version& envoy) {
  // A name that is not in the table stands in the mesh's own format, and its proxies take it.
  const policy::AccessLogOperator* known = policy::find_access_log_operator(command.name);
  if (known == nullptr) return std::nullopt;
  if (known->since == policy::kNoProxyOfIstio) {
    return fmt::format("%{}(…)% needs a formatter that Istio's proxies are not given", command.name);
  }
  const bool has_arguments = !command.arguments.empty() && known->arguments_since > known->since;
  const int since = has_arguments ? known->arguments_since : known->since;
  if (envoy >= Version{1, since, 0}) return std::nullopt;
  return fmt::format("%{}{}% came with Envoy 1.{}, and Envoy {}.{} does not know it", command.name,
                     has_arguments ? "(…)" : "", since, envoy.major, envoy.minor);
}

}  // namespace

AccessLog make_access_log(const json& access_log, const json& mesh, const std::optional<Version>& envoy) {
  AccessLog made;
  if (access_log.contains("file")) made.file = access_log["file"].get<std::string>();
  const json encoding = access_log.value("encoding", mesh.value("accessLogEncoding", json()));
  const bool wants_json = access_log.contains("jsonFormat") || (!access_log.contains("format") && is_json(encoding));
  made.encoding = wants_json ? LogEncoding::kJson : LogEncoding::kText;
  const json presets = access_log.value("traceHeaders", json::array());
  const std::string base = mesh_format(mesh, made.encoding);
  Logged logged;
  if (access_log.contains("jsonFormat")) {
    made.json = access_log["jsonFormat"];
  } else if (wants_json) {
    made.json = mesh_json_format(base, envoy);
    look_at(made.json, logged);
    for (const Field& field : missing_fields(presets, std::move(logged))) made.json.emplace(field.name, field.command);
  } else if (access_log.contains("format")) {
    made.text = with_fields(access_log["format"].get<std::string>(), {});
  } else {
    made.text = base.empty() ? default_text_format(envoy) : base;
    look_at(std::string_view(made.text), logged);
    made.text = with_fields(made.text, missing_fields(presets, std::move(logged)));
  }
  return made;
}

std::vector<std::string> refused_by(const AccessLog& access_log, const Version& envoy) {
  std::vector<std::string> formats;
  if (access_log.encoding == LogEncoding::kText) formats.push_back(access_log.text);
  look_for_strings(access_log.json, formats);
  std::set<std::string> reasons;
  for (const std::string& format : formats) {
    for (const policy::AccessLogCommand& command : policy::access_log_commands(format)) {
      if (auto reason = refusal(command, envoy)) reasons.insert(*std::move(reason));
    }
  }
  return {reasons.begin(), reasons.end()};
}

}  // namespace meshtrace::mesh
