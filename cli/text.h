// Lines for people: messages with their severity, and text from files made harmless for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::cli {

// Control characters (C0 but for tab and line feed, DEL, C1) as \x1b: an object's name must not steer a terminal.
std::string printable(std::string_view text);

std::string error_line(const Error& error);
std::string warning_line(std::string_view where, std::string_view what);
std::string note_line(std::string_view where, std::string_view what);

}  // namespace meshtrace::cli
