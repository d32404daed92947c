#include "core/mesh/image.h"

namespace meshtrace::mesh {
namespace {

// The part behind the registry and folders, without a digest: "proxyv2:1.31.1".
std::string_view last_part(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const auto slash = image.rfind('/');
  return slash == std::string_view::npos ? image : image.substr(slash + 1);
}

}  // namespace

std::string_view tag_of_image(std::string_view image) {
  const std::string_view part = last_part(image);
  const auto colon = part.find(':');
  return colon == std::string_view::npos ? std::string_view() : part.substr(colon + 1);
}

std::string_view name_of_image(std::string_view image) {
  const std::string_view part = last_part(image);
  return part.substr(0, part.find(':'));
}

std::optional<Version> version_of_image(std::string_view image) { return parse_version(tag_of_image(image)); }

}  // namespace meshtrace::mesh
