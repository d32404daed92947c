// What is needed of one access-log entry, as views into its line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/policy/access_log_format.h"

namespace meshtrace::logs {

enum class Field : std::uint8_t {
  kTraceparent,
  kRequestId,
  kResponseCode,
  kUpstreamCluster,
  kAuthority,
  kPath,
  kMethod,
  kProtocol,
  kStartTime,
};
inline constexpr std::size_t kFieldCount = 9;

// The field that a command of a format logs; none for what is not needed.
[[nodiscard]] std::optional<Field> field_of(const policy::AccessLogCommand& command);

// Refuses a part that logs only the beginning of traceparent ("%REQ(TRACEPARENT):35%"): it could not be judged.
[[nodiscard]] Result<void> check_length(const policy::AccessLogPart& part);

class Fields {
 public:
  void clear() { shown_ = 0; }
  [[nodiscard]] unsigned shown() const { return shown_; }  // a bit() for each field
  static unsigned bit(Field field) { return 1u << static_cast<unsigned>(field); }
  // "-", which Envoy logs for what is not there, is stored as an empty value.
  void set(Field field, std::string_view value) {
    shown_ |= bit(field);
    values_[static_cast<std::size_t>(field)] = value == "-" ? std::string_view() : value;
  }
  // Whether the entry's format has the field.
  [[nodiscard]] bool shows(Field field) const { return (shown_ & bit(field)) != 0; }
  // Empty where the request had none, or the format does not show it.
  [[nodiscard]] std::string_view value(Field field) const {
    return shows(field) ? values_[static_cast<std::size_t>(field)] : std::string_view();
  }

 private:
  std::array<std::string_view, kFieldCount> values_;
  unsigned shown_ = 0;
};

}  // namespace meshtrace::logs
