// The one next step that the webhook's certificates need, from what there is and the time. Pure: asked again after each
// step and each change, it ends in Wait; after a restart it goes on where it was, because all that it must remember
// stands in the objects.
//
//   authority missing, damaged or due -> a new one, the old one's certificate kept beside it
//   -> both in caBundle of both webhook configurations -> seen there for the propagation delay
//   -> a leaf of the new authority -> when no older leaf can be valid or shown any more: the old authority goes
//
// The promise: whatever leaf a webhook may still show is trusted by whatever caBundle an API server may still use, if
// neither is further behind than the propagation delay. Where nothing was trusted before there is nothing to wait for.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/certificates/options.h"
#include "controller/certificates/state.h"
#include "controller/certificates/x509.h"

namespace meshtrace::certificates {

// Authorities before the present one that are kept, at most: more than one only where somebody deletes the Secret again
// and again. The one that signed the leaf in use is kept before all others.
inline constexpr std::size_t kMaxPrevious = 8;

// Someone else cares for the certificates.
struct LeaveAlone {
  std::string reason;
};
// Write the authority's Secret: a new authority, or the present one with another list of previous ones.
struct WriteAuthority {
  bool issue = false;
  std::vector<Certificate> previous;
};
// Let every webhook of one configuration trust exactly these.
struct WriteBundle {
  std::size_t configuration = 0;  // place in State::configurations
  std::vector<Certificate> trusted;
  bool forget_since = false;  // the present authority was not in it: the time since when it is starts again
};
// Note that one configuration has been seen with the present authority, now.
struct NoteTrusted {
  std::size_t configuration = 0;
  std::string fingerprint;
};
// A new leaf of the present authority.
struct WriteLeaf {
  std::optional<std::chrono::sys_seconds> previous_until;  // absent: there is no other authority
};
// Nothing to do before then, unless something changes.
struct Wait {
  std::chrono::sys_seconds until;
};
using Step = std::variant<LeaveAlone, WriteAuthority, WriteBundle, NoteTrusted, WriteLeaf, Wait>;

struct Decision {
  Step step;
  std::string reason;  // a clause for the log: "it is missing", "two thirds of its life are over"
  // Of what there is now, where it can be read.
  std::optional<std::chrono::sys_seconds> authority_expires;
  std::optional<std::chrono::sys_seconds> leaf_expires;
};

// The options must have passed check().
Decision decide(std::chrono::sys_seconds now, const State& state, const Options& options);

}  // namespace meshtrace::certificates
