#include "core/policy/patterns.h"

#include <algorithm>

#include "core/policy/labels.h"
#include "core/trace/duration.h"

namespace meshtrace::policy {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alphanumeric(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }
bool is_visible_ascii(char c) { return c >= '!' && c <= '~'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Whether the text has characters and all of them are of one kind.
template <class Kind>
bool all(std::string_view text, Kind kind) {
  return !text.empty() && std::all_of(text.begin(), text.end(), kind);
}

bool is_attribute_key(std::string_view text) {
  return all(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '/' || c == '-'; });
}
bool is_container_glob(std::string_view text) {
  return all(text, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '*' || c == '?'; });
}
bool is_duration(std::string_view text) { return trace::parse_duration(text).has_value(); }
bool is_file_path(std::string_view text) { return text.starts_with('/') && all(text.substr(1), is_visible_ascii); }
bool is_http_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return all(text.substr(scheme.size()), is_visible_ascii);
  }
  return false;
}
bool is_propagator_name(std::string_view text) {
  return all(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}
bool is_visible(std::string_view text) { return all(text, is_visible_ascii); }
bool has_no_control(std::string_view text) {
  return all(text, [](char c) { return !is_control(c); });
}

}  // namespace

const Pattern kAttributeKey{"^[A-Za-z0-9._/-]+$", "consist of letters, digits, '.', '_', '/' and '-'",
                            is_attribute_key};
const Pattern kContainerGlob{"^[a-z0-9*?-]+$",
                             "consist of what a container's name has (lower-case letters, digits, '-') and the "
                             "wildcards '*' and '?'",
                             is_container_glob};
const Pattern kDurationText{"^([0-9]{1,5}(h|m|s|ms)){1,4}$",
                            "be a duration of h, m, s and ms, such as 5s, 500ms or 1m30s", is_duration};
const Pattern kFilePath{"^/[!-~]+$", "be an absolute path without spaces, such as /dev/stdout", is_file_path};
const Pattern kHttpUrl{"^https?://[!-~]+$", "be an http or https URL, such as http://otel-collector.observability:4317",
                       is_http_url};
const Pattern kNoControls{"^[^\\x00-\\x1f\\x7f]+$", "have no control characters", has_no_control};
const Pattern kLabelKey{
    "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*/)?"
    "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
    "be the key of a label, such as app or app.kubernetes.io/name", is_label_key};
const Pattern kLabelValue{"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$",
                          "be the value of a label: up to 63 letters, digits, '-', '_' and '.', with a letter or digit "
                          "at both ends",
                          is_label_value};
const Pattern kPropagatorName{"^[A-Za-z0-9._-]+$", "consist of letters, digits, '.', '_' and '-'", is_propagator_name};
const Pattern kProviderName{"^[!-~]+$", "be visible ASCII characters without spaces", is_visible};

}  // namespace meshtrace::policy
