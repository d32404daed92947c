#include "controller/certificates/options.h"

#include <algorithm>

#include "core/trace/duration.h"

namespace meshtrace::certificates {
namespace {

// Certificates tell time in seconds: a third of less would be rounded to nothing useful.
constexpr std::chrono::seconds kMinLifetime{10};

}  // namespace

Result<void> check(const Options& options) {
  // The delay twice in a third: once for the authority in caBundle, once for the leaf on its way to the webhooks.
  const std::chrono::seconds leaf_least = std::max(kMinLifetime, 6 * options.propagation_delay);
  if (options.leaf_lifetime < leaf_least) {
    return fail("--certificate-lifetime", "must be at least " + trace::format_duration(leaf_least) +
                                              ", six times --certificate-propagation-delay and no less than 10s");
  }
  // Else a leaf that is signed late in its authority's life could not have its own whole life.
  if (options.authority_lifetime < 3 * options.leaf_lifetime) {
    return fail("--ca-lifetime", "must be at least " + trace::format_duration(3 * options.leaf_lifetime) +
                                     ", three times --certificate-lifetime");
  }
  return {};
}

std::vector<std::string> dns_names(const Options& options) {
  const std::string name = options.service + "." + options.ns + ".svc";
  return {name, name + ".cluster.local"};
}

}  // namespace meshtrace::certificates
