// An entry of an access log as a report shows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/logs/fields.h"
#include "core/logs/report.h"

namespace meshtrace::logs {

// At most kMaxExampleBytes of a value, as ASCII: what a client sent must not steer a terminal.
inline constexpr std::size_t kMaxExampleBytes = 120;
[[nodiscard]] std::string shown(std::string_view value);

// The path is shown without its query, which may hold secrets.
[[nodiscard]] Example make_example(std::uint64_t line, const Fields& fields);

}  // namespace meshtrace::logs
