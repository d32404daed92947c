// Replies of the API server as values, and what a refusal says.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace meshtrace::kube {

inline constexpr int kUnauthorized = 401;
inline constexpr int kForbidden = 403;
inline constexpr int kNotFound = 404;
inline constexpr int kConflict = 409;  // a precondition does not hold, or the name is taken
inline constexpr int kGone = 410;      // the resource version, or the continue token, is too old

// Retry-After is obeyed up to this: a server may ask for patience, not for ever.
inline constexpr std::chrono::seconds kMaxRetryAfter{60};

struct Reply {
  int status = 0;  // HTTP status code
  std::string body;
  std::optional<std::chrono::seconds> retry_after;  // header Retry-After, where it is a number

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

// "403 Forbidden: tracingpolicies.meshtrace.io is forbidden: …": code, reason and message of a Kubernetes Status; of
// any other body (a proxy's page may repeat the request) the code alone.
std::string describe_refusal(const Reply& reply);
// The same for a Status that came without HTTP status: in a watch's ERROR event.
std::string describe_status(int code, const nlohmann::json& status);

// `text`, at most `limit` bytes long; what is cut ends in "…", between two characters of UTF-8. `limit` is at least 3.
std::string cut(std::string_view text, std::size_t limit);

// `text` on one line, without control characters and at most `limit` bytes long: for messages made elsewhere.
std::string printable(std::string_view text, std::size_t limit = 1024);

}  // namespace meshtrace::kube
