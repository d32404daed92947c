// The few lines of istiod's /metrics that tell its version and its proxies' refusals (Prometheus text format).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace meshtrace::controller {

struct IstiodMetrics {
  std::string version;  // label `tag` of istio_build{component="pilot"}: "1.31.1"; empty: it does not say
  // pilot_total_xds_rejects by its label `type` (lds, cds, …).
  std::map<std::string, std::uint64_t> by_type;
  // pilot_xds_{lds,cds,rds,eds}_reject by (proxy, type).
  std::map<std::pair<std::string, std::string>, std::uint64_t> by_proxy;
};

// Lines that are not understood are skipped: the text is long, and another release may add to it.
IstiodMetrics parse_metrics(std::string_view text);

}  // namespace meshtrace::controller
