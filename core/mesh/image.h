// Container images as far as they tell a version.
#pragma once

#include <optional>
#include <string_view>

#include "core/mesh/version.h"

namespace meshtrace::mesh {

// "1.31.1-distroless" of "registry:5000/istio/proxyv2:1.31.1-distroless@sha256:…"; empty where there is no tag.
std::string_view tag_of_image(std::string_view image);

// "proxyv2" of that.
std::string_view name_of_image(std::string_view image);

std::optional<Version> version_of_image(std::string_view image);

}  // namespace meshtrace::mesh
