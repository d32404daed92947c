// The downward API variables of a container: K8S_POD_NAME and its like, and by which name our own values may refer to
// them. A variable of the container's own with another meaning stays; a private one (MESHTRACE_…) is put beside it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/inject/environment.h"

namespace meshtrace::inject {

enum class Downward { kPodName, kNodeName, kNamespace, kPodUid, kPodIp, kNodeIp };
inline constexpr std::size_t kDownwardCount = 6;

struct DownwardVariable {
  std::string_view name;
  std::string_view private_name;
  std::string_view field_path;
};

const DownwardVariable& downward(Downward which);
std::optional<Downward> downward_named(std::string_view name);

class Identity {
 public:
  explicit Identity(Environment& environment) : environment_(environment) {}

  // The variable is wanted for itself: it is added unless the container has one of that name.
  void want(Downward which);

  // The name by which a value that stands at `position` of the original list (kAtEnd: after all of it) can refer to the
  // variable; wants it, or its private twin, as needed. Nullopt: both names are the container's own, with other values.
  std::optional<std::string_view> refer(Downward which, std::size_t position);
  static constexpr std::size_t kAtEnd = static_cast<std::size_t>(-1);

  // Puts what is wanted in front of the list, in the fixed order: public names, then private ones.
  void apply();

 private:
  Environment& environment_;
  std::array<bool, kDownwardCount> wanted_{};
  std::array<bool, kDownwardCount> private_wanted_{};
};

}  // namespace meshtrace::inject
