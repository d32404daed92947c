#include "kube/request.h"

#include <fmt/format.h>

#include <string_view>

namespace meshtrace::kube {
namespace {

bool is_unreserved(char c) {  // RFC 3986, section 2.3
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text, std::string_view keep) {
  for (const char c : text) {
    if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

void select(Request& request, const Selection& selection) {
  if (!selection.label_selector.empty()) request.query.emplace_back("labelSelector", selection.label_selector);
  if (!selection.field_selector.empty()) request.query.emplace_back("fieldSelector", selection.field_selector);
}

}  // namespace

std::string Request::target() const {
  std::string out;
  append_encoded(out, path, "/:");
  char separator = '?';
  for (const auto& [key, value] : query) {
    out += separator;
    append_encoded(out, key, "");
    out += '=';
    append_encoded(out, value, "");
    separator = '&';
  }
  return out;
}

std::string collection_path(const Resource& resource) {
  std::string path = resource.group.empty() ? "/api/" : "/apis/" + resource.group + "/";
  path += resource.version;
  if (!resource.ns.empty()) path += "/namespaces/" + resource.ns;
  return path + "/" + resource.plural;
}

Request list_request(const Resource& resource, const ListOptions& options) {
  Request request;
  request.path = collection_path(resource);
  request.query.emplace_back("limit", std::to_string(options.limit));
  if (!options.continue_token.empty()) request.query.emplace_back("continue", options.continue_token);
  select(request, options.selection);
  if (options.selection.metadata_only) request.accept = kAcceptMetadataList;
  return request;
}

Request watch_request(const Resource& resource, const WatchOptions& options) {
  Request request;
  request.path = collection_path(resource);
  request.query = {{"watch", "true"},
                   {"allowWatchBookmarks", "true"},
                   {"resourceVersion", options.resource_version},
                   {"timeoutSeconds", std::to_string(options.timeout.count())}};
  select(request, options.selection);
  if (options.selection.metadata_only) request.accept = kAcceptMetadata;
  return request;
}

}  // namespace meshtrace::kube
