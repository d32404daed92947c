// Hosts that a variable's value or an argument names: "http://reviews:9080/x", "reviews.shop.svc:9080", a list of such.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::audit {

struct NamedHost {
  std::string host;    // in lower case, without the final dot
  int port = 0;        // 0: none is stated
  std::string scheme;  // "http"; empty: none is stated
};

// Words that look like a host with a scheme or a port; the whole text where it is nothing but a name. Values are read
// up to kMaxNamedText bytes.
inline constexpr std::size_t kMaxNamedText = 8192;
std::vector<NamedHost> named_hosts(std::string_view text);

}  // namespace meshtrace::audit
