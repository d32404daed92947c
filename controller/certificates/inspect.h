// What the objects of State come down to: which certificates there are, what is wrong with them, who trusts whom.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "controller/certificates/options.h"
#include "controller/certificates/state.h"
#include "controller/certificates/x509.h"

namespace meshtrace::certificates {

struct Inspected {
  std::optional<Certificate> authority;  // where it can be read, whatever is wrong with it
  std::string authority_problem;         // why there must be a new one; empty: it is good
  std::vector<Certificate> previous;     // that the authority's Secret keeps

  std::optional<Certificate> leaf;  // as above
  std::string leaf_problem;         // why there must be a new one; empty: it is good
  // The leaf is the present authority's, so that whoever trusts that one can do without all others.
  bool leaf_is_authoritys = false;
  std::optional<Certificate> leaf_issuer;  // another authority that signed the leaf, where its certificate is known
  std::optional<std::chrono::sys_seconds> previous_until;
};

Inspected inspect(std::chrono::sys_seconds now, const State& state, const Options& options);

// Whether every webhook of the configuration trusts the authority.
bool is_trusted_by(const Configuration& configuration, const Certificate& authority);

// Whether every webhook of the configuration trusts exactly these.
bool trusts_exactly(const Configuration& configuration, const std::vector<Certificate>& authorities);

// Since when the configuration has been seen to trust the authority.
std::optional<std::chrono::sys_seconds> trusted_since(const Configuration& configuration, const Certificate& authority);

// Why somebody else fills in the configuration's caBundle; empty: nobody does.
std::string managed_by_others(const Configuration& configuration);

}  // namespace meshtrace::certificates
