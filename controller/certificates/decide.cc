#include "controller/certificates/decide.h"

#include <algorithm>
#include <utility>

#include "controller/certificates/inspect.h"

namespace meshtrace::certificates {
namespace {

using std::chrono::sys_seconds;

void add(std::vector<Certificate>& list, const Certificate& certificate) {
  if (list.size() < kMaxPrevious && !contains(list, certificate)) list.push_back(certificate);
}

void add_trusted(std::vector<Certificate>& list, const State& state) {
  for (const Configuration& configuration : state.configurations) {
    for (const CertificateList& bundle : configuration.bundles) {
      for (const Certificate& certificate : bundle.certificates) add(list, certificate);
    }
  }
}

// The authorities that must stay trusted beside a new one: the leaf's own first, then the present one, those before it,
// and whatever is in a caBundle without our knowing it: a webhook may show a leaf of it.
std::vector<Certificate> all_known(const Inspected& found, const State& state) {
  std::vector<Certificate> all;
  if (found.leaf_issuer) add(all, *found.leaf_issuer);
  if (found.authority) add(all, *found.authority);
  for (const Certificate& certificate : found.previous) add(all, certificate);
  add_trusted(all, state);
  return all;
}

// The same beside the present one, as long as its first leaf is still to come or has not replaced all others. After
// that, what else is in a caBundle was not put there by us, and goes.
std::vector<Certificate> others(sys_seconds now, const Inspected& found, const State& state) {
  if (found.leaf_is_authoritys && now >= found.previous_until.value_or(sys_seconds{})) return found.previous;
  std::vector<Certificate> all = all_known(found, state);
  std::erase(all, *found.authority);
  return all;
}

// How far the authority has become known.
struct Known {
  std::optional<std::size_t> unseen;  // place of a configuration that was not yet seen to trust it
  sys_seconds everywhere;             // without such: when every API server has had time to learn of it
};

Known how_known(sys_seconds now, const State& state, const Certificate& authority, const Options& options) {
  Known known;
  for (std::size_t i = 0; i < state.configurations.size(); ++i) {
    const auto since = trusted_since(state.configurations[i], authority);
    // From further ahead than two clocks may disagree: the clock was set back since.
    if (!since || *since > now + options.propagation_delay) return {.unseen = i, .everywhere = {}};
    known.everywhere = std::max(known.everywhere, *since + options.propagation_delay);
  }
  return known;
}

// Until when older leaves may be valid, or shown by a webhook that has not got the new one yet.
std::optional<sys_seconds> previous_until(sys_seconds now, const Inspected& found,
                                          const std::vector<Certificate>& previous, const Options& options) {
  if (previous.empty()) return std::nullopt;
  const sys_seconds longest = now + options.leaf_lifetime;  // of a leaf that is not known
  if (found.leaf_is_authoritys) return found.previous_until.value_or(longest);
  const sys_seconds replaced = found.leaf ? found.leaf->not_after : longest;
  return std::max({replaced, found.previous_until.value_or(replaced), now + options.propagation_delay});
}

struct Choice {
  Step step;
  std::string reason;
};

// A caBundle that is not as it should be, if there is one.
std::optional<Choice> repair_bundles(const State& state, const Certificate& authority,
                                     const std::vector<Certificate>& previous) {
  std::vector<Certificate> trusted{authority};
  trusted.insert(trusted.end(), previous.begin(), previous.end());
  for (std::size_t i = 0; i < state.configurations.size(); ++i) {
    if (trusts_exactly(state.configurations[i], trusted)) continue;
    const bool is_new = !is_trusted_by(state.configurations[i], authority);
    return Choice{WriteBundle{i, trusted, is_new},
                  is_new ? "the authority is missing in it" : "it holds others than those in use"};
  }
  return std::nullopt;
}

Choice choose(sys_seconds now, const Inspected& found, const State& state, const Options& options) {
  for (const Configuration& configuration : state.configurations) {
    if (std::string reason = managed_by_others(configuration); !reason.empty()) return {LeaveAlone{reason}, reason};
  }
  if (!found.authority_problem.empty()) return {WriteAuthority{true, all_known(found, state)}, found.authority_problem};

  std::vector<Certificate> previous = others(now, found, state);
  if (previous != found.previous)
    return {WriteAuthority{false, previous}, "another authority is trusted, and may be in use"};

  const bool settled = found.leaf_is_authoritys && found.previous_until && now >= *found.previous_until;
  if (settled) previous.clear();
  if (auto repair = repair_bundles(state, *found.authority, previous)) return std::move(*repair);
  if (settled && !found.previous.empty()) return {WriteAuthority{false, {}}, "no older leaf is valid or in use"};

  if (!found.leaf_problem.empty()) {
    // Where something else was trusted before, the new authority must be known everywhere before it is needed.
    if (!found.leaf_is_authoritys && !previous.empty()) {
      const Known known = how_known(now, state, *found.authority, options);
      if (known.unseen) {
        return {NoteTrusted{*known.unseen, found.authority->fingerprint}, "the new authority stands in it"};
      }
      if (now < known.everywhere) {
        return {Wait{known.everywhere}, "API servers are given time to learn of the new authority"};
      }
    }
    return {WriteLeaf{previous_until(now, found, previous, options)}, found.leaf_problem};
  }
  sys_seconds next = std::min(found.authority->renew_at(), found.leaf->renew_at());
  if (!previous.empty() && found.previous_until) next = std::min(next, *found.previous_until);
  return {Wait{next}, "nothing is due"};
}

}  // namespace

Decision decide(sys_seconds now, const State& state, const Options& options) {
  const Inspected found = inspect(now, state, options);
  Choice choice = choose(now, found, state, options);
  Decision decision{std::move(choice.step), std::move(choice.reason), std::nullopt, std::nullopt};
  if (found.authority) decision.authority_expires = found.authority->not_after;
  if (found.leaf) decision.leaf_expires = found.leaf->not_after;
  return decision;
}

}  // namespace meshtrace::certificates
