#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/audit/path_routes.h"
#include "core/audit/paths.h"
#include "core/base/json.h"
#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

struct Word {
  std::string_view word;
  Protocol protocol;
};

constexpr std::array<Word, 11> kWords{{
    {"tcp", Protocol::kTcp},
    {"udp", Protocol::kUdp},
    {"grpc", Protocol::kGrpc},
    {"http", Protocol::kHttp},
    {"http_proxy", Protocol::kHttp},
    {"http2", Protocol::kHttp2},
    {"https", Protocol::kTls},
    {"tls", Protocol::kTls},
    {"mongo", Protocol::kTcp},
    {"redis", Protocol::kTcp},
    {"mysql", Protocol::kTcp},
}};

// Kubernetes' own words, of appProtocol alone.
constexpr std::array<Word, 3> kAppProtocols{{
    {"kubernetes.io/h2c", Protocol::kHttp2},
    {"kubernetes.io/ws", Protocol::kHttp},
    {"kubernetes.io/wss", Protocol::kTls},
}};

constexpr std::string_view kGrpcWeb = "grpc-web";

// Where the server speaks first, looking at the client's first bytes would never end: SMTP, DNS, MySQL, MongoDB.
constexpr std::array<int, 4> kServerFirst{25, 53, 3306, 27017};

Protocol of_word(std::string_view word) {
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& one) { return one.word == word; });
  return found == kWords.end() ? Protocol::kUnknown : found->protocol;
}

}  // namespace

Protocol protocol_of(const nlohmann::json& service_port) {
  if (string_member(service_port, {"protocol"}) == "UDP") return Protocol::kUdp;
  std::string name = string_member(service_port, {"name"});
  if (find_member(service_port, {"appProtocol"}) != nullptr) {
    name = string_member(service_port, {"appProtocol"});
    for (const Word& one : kAppProtocols) {
      if (one.word == name) return one.protocol;
    }
  }
  name = in_lower_case(std::string(name));
  if (name.starts_with(kGrpcWeb)) return Protocol::kGrpc;
  const Protocol protocol = of_word(std::string_view(name).substr(0, name.find('-')));
  const bool server_first =
      std::find(kServerFirst.begin(), kServerFirst.end(), port_number(service_port, {"port"})) != kServerFirst.end();
  return protocol == Protocol::kUnknown && server_first ? Protocol::kTcp : protocol;
}

bool reads_headers(Protocol protocol) {
  switch (protocol) {
    case Protocol::kHttp:
    case Protocol::kHttp2:
    case Protocol::kGrpc:
    case Protocol::kUnknown:
      return true;
    case Protocol::kTcp:
    case Protocol::kTls:
    case Protocol::kUdp:
      break;
  }
  return false;
}

}  // namespace meshtrace::audit
