#include "core/audit/path_named_hosts.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

constexpr std::string_view kSeparators = " \t\r\n,;\"'|<>()[]{}=`";
constexpr int kMaxPort = 65535;

bool is_of_host(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '-' || c == '.';
}

int read_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_whole = end == text.data() + text.size() || !is_of_host(*end);
  return error == std::errc() && is_whole && port > 0 && port <= kMaxPort ? port : 0;
}

// "user:password@" and what stands before the host is dropped; the path behind it, too.
NamedHost read_word(std::string_view word) {
  NamedHost named;
  if (const auto at = word.find("://"); at != std::string_view::npos) {
    named.scheme = word.substr(0, at);
    word.remove_prefix(at + 3);
    word = word.substr(0, word.find_first_of("/?#"));
    if (const auto user = word.rfind('@'); user != std::string_view::npos) word.remove_prefix(user + 1);
  }
  const auto end = std::find_if_not(word.begin(), word.end(), is_of_host);
  named.host = in_lower_case({word.begin(), end});
  if (named.host.ends_with('.')) named.host.pop_back();
  word.remove_prefix(static_cast<std::size_t>(end - word.begin()));
  if (word.starts_with(':')) named.port = read_port(word.substr(1));
  // "reviews/x" and "a_b" are no hosts.
  if (named.scheme.empty() && named.port == 0 && !word.empty()) named.host.clear();
  return named;
}

}  // namespace

std::vector<NamedHost> named_hosts(std::string_view text) {
  text = text.substr(0, kMaxNamedText);
  std::vector<NamedHost> hosts;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kSeparators, at)) != std::string_view::npos) {
    const auto end = std::min(text.find_first_of(kSeparators, at), text.size());
    NamedHost named = read_word(text.substr(at, end - at));
    const bool is_whole = at == 0 && end == text.size();
    if (!named.host.empty() && (is_whole || named.port != 0 || !named.scheme.empty()))
      hosts.push_back(std::move(named));
    at = end;
  }
  return hosts;
}

}  // namespace meshtrace::audit
