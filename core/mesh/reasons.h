// Reasons of the conditions in a policy's status, and what stands in the way of one. Gateway API's words where they
// fit.
#pragma once

#include <string>

namespace meshtrace::mesh {

inline constexpr const char* kReasonAccepted = "Accepted";
inline constexpr const char* kReasonProgrammed = "Programmed";
inline constexpr const char* kReasonResolvedRefs = "ResolvedRefs";
inline constexpr const char* kReasonNoConflict = "NoConflict";
inline constexpr const char* kReasonConflicted = "Conflicted";       // an older policy claims the same workloads
inline constexpr const char* kReasonNotCovered = "NotCovered";       // in a namespace whose pods no policy covers
inline constexpr const char* kReasonAudit = "Audit";                 // mode Audit: nothing is written
inline constexpr const char* kReasonPending = "Pending";             // being written
inline constexpr const char* kReasonDeleting = "Deleting";           // being taken back
inline constexpr const char* kReasonUnresolved = "RefsNotResolved";  // see ResolvedRefs

// Programmed=False
inline constexpr const char* kReasonManagedElsewhere = "ManagedElsewhere";       // the mesh text is another manager's
inline constexpr const char* kReasonRejected = "Rejected";                       // the proxies refused it
inline constexpr const char* kReasonReverted = "Reverted";                       // another manager keeps changing it
inline constexpr const char* kReasonTelemetryConflict = "ConflictingTelemetry";  // Istio would ignore one of two
inline constexpr const char* kReasonOverridden = "Overridden";  // written, but another setting outranks it
inline constexpr const char* kReasonInvalidMeshConfig = "InvalidMeshConfig";  // a mesh text that cannot be edited
inline constexpr const char* kReasonMeshConfigNotFound = "MeshConfigNotFound";
inline constexpr const char* kReasonTooManyProviders = "TooManyProviders";  // the caps on what namespaces share
inline constexpr const char* kReasonNotPossible = "NotPossible";            // Istio cannot express it here

// ResolvedRefs=False
inline constexpr const char* kReasonProviderNotFound = "ProviderNotFound";
inline constexpr const char* kReasonServiceNotFound = "ServiceNotFound";
inline constexpr const char* kReasonUnsupportedVersion = "UnsupportedVersion";  // the proxies are too old for it
inline constexpr const char* kReasonKindNotServed = "KindNotServed";            // Istio's CRD is not installed

// Why something that a policy says is not in the mesh.
struct Problem {
  enum class About { kResolvedRefs, kProgrammed } about = About::kProgrammed;
  std::string reason;   // one of the above
  std::string message;  // what is wrong and what to do
};

}  // namespace meshtrace::mesh
