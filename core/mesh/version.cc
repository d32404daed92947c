#include "core/mesh/version.h"

#include <fmt/format.h>

namespace meshtrace::mesh {

std::string Version::text() const { return fmt::format("{}.{}.{}", major, minor, patch); }

}  // namespace meshtrace::mesh
