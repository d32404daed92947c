#include "cli/text.h"

#include <fmt/format.h>

namespace meshtrace::cli {
namespace {

std::string line(std::string_view severity, std::string_view where, std::string_view what) {
  return fmt::format("{}: {}{}{}\n", severity, printable(where), where.empty() ? "" : ": ", printable(what));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
      out += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string error_line(const Error& error) { return line("error", error.where, error.what); }
std::string warning_line(std::string_view where, std::string_view what) { return line("warning", where, what); }
std::string note_line(std::string_view where, std::string_view what) { return line("note", where, what); }

}  // namespace meshtrace::cli
