// Requests to the API server as values: what is asked is decided (and tested) here, net/client only sends it.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace::kube {

struct Resource {
  std::string group;    // empty: the core group
  std::string version;  // v1alpha1
  std::string plural;   // tracingpolicies
  std::string ns;       // empty: all namespaces, or a resource that has none

  // "tracingpolicies.meshtrace.io", as kubectl names a resource.
  [[nodiscard]] std::string name() const { return group.empty() ? plural : plural + "." + group; }
};

// What replies are asked for as (the header Accept).
inline constexpr const char* kAcceptJson = "application/json";
// Metadata alone, for those who need no more of an object: the API server leaves the rest out (metav1's
// PartialObjectMetadata). A list and a watch have different names for it.
inline constexpr const char* kAcceptMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
inline constexpr const char* kAcceptMetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

struct Request {
  std::string method = "GET";
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  // not yet encoded
  std::string body;
  std::string content_type;  // of the body
  std::string accept = kAcceptJson;

  // Path and query as they stand in the request line, percent-encoded.
  [[nodiscard]] std::string target() const;
};

// /apis/GROUP/VERSION[/namespaces/NS]/PLURAL, or /api/VERSION/… for the core group.
std::string collection_path(const Resource& resource);

// Which objects of a collection, and how much of each.
struct Selection {
  std::string label_selector = {};  // as kubectl's -l: "app=istiod,!istio.io/rev"; empty: all
  std::string field_selector = {};  // "metadata.name=istio"; few fields of few resources can be selected by
  bool metadata_only = false;       // PartialObjectMetadata
};

struct ListOptions {
  int limit = 500;                  // objects in a page
  std::string continue_token = {};  // of the page before; empty: the first page
  Selection selection = {};
};
Request list_request(const Resource& resource, const ListOptions& options);

struct WatchOptions {
  std::string resource_version;       // changes after this one
  std::chrono::seconds timeout{240};  // after which the server ends the watch
  Selection selection = {};
};
// Asks for bookmarks, so that a quiet resource's version does not grow too old to resume from.
Request watch_request(const Resource& resource, const WatchOptions& options);

}  // namespace meshtrace::kube
