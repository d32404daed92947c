// Collects what is wrong with an object, all at once and bounded: a hostile object gets a short answer too.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/policy/policy.h"

namespace meshtrace::policy {

inline constexpr std::size_t kMaxFindings = 50;  // errors, and as many warnings: more than one screen helps nobody

class Findings {
 public:
  void add(std::string path, std::string message);
  // Further findings are only counted: what they would say need not be worked out.
  [[nodiscard]] bool full() const { return kept_.size() == kMaxFindings; }
  [[nodiscard]] bool empty() const { return kept_.empty(); }
  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  // Whether something was found at the path or below it.
  [[nodiscard]] bool any_at(std::string_view path) const;
  // The findings in the order in which they were added; the last one says how many more there were.
  [[nodiscard]] std::vector<FieldError> take();

 private:
  std::vector<FieldError> kept_;
  std::size_t more_ = 0;
};

struct Report {
  Findings errors;
  Findings warnings;
};

}  // namespace meshtrace::policy
