// Trace headers that nginx configuration writes: directives in snippets of ingress-nginx, and the ConfigMap that
// proxy-set-headers names.
// Sources: nginx, ngx_http_proxy_module (proxy_set_header); headers-more-nginx-module; ingress-nginx, "ConfigMap".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/audit/header_changes.h"

namespace meshtrace::audit {

// Of a snippet at `field`; read up to kMaxSnippet bytes. A header that is passed on by a variable ($http_traceparent)
// is not written.
inline constexpr std::size_t kMaxSnippet = 64 * 1024;
std::vector<HeaderChange> snippet_writes(const Object& by, std::string_view snippet, const std::string& field);

// Of `data`, header names and values: what proxy_set_header would do with them.
std::vector<HeaderChange> header_map_writes(const Object& by);

// "trace_parent" for "traceparent": a trace header's name with underscores, which nginx drops where it receives it.
bool is_underscored(std::string_view name);

}  // namespace meshtrace::audit
