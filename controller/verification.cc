#include "controller/verification.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace meshtrace::controller {
namespace {

// "shop" of "app-1.shop"; empty where the proxy is not known.
std::string_view namespace_of(std::string_view proxy) {
  const auto dot = proxy.find('.');
  return dot == std::string_view::npos ? std::string_view() : proxy.substr(dot + 1);
}

// A mesh's text and what stands in the root namespace reach every proxy; the root namespace is where the text is.
bool reaches(const std::vector<WrittenField>& write, std::string_view proxy_ns, std::string_view root_ns) {
  return std::any_of(write.begin(), write.end(), [&](const WrittenField& written) {
    return proxy_ns.empty() || written.field.kind == "ConfigMap" || written.field.ns == proxy_ns ||
           written.field.ns == root_ns;
  });
}

}  // namespace

void Verification::wrote(const std::vector<WrittenField>& fields, kube::Moment now) {
  if (!baseline_) return;
  if (std::exchange(taking_back_, false)) recovered_at_ = now + options_.recovery;
  if (!fields.empty()) suspects_.push_back(fields);
  if (suspects_.size() > options_.max_suspects) suspects_.pop_front();
  looks_done_ = 0;
  if (!next_look_) next_look_ = now + options_.looks.front();
}

std::optional<Verdict> Verification::looked(const std::optional<MeshHealth>& health, kube::Moment now) {
  std::optional<Verdict> verdict;
  if (health && baseline_) {
    const bool recovering = taking_back_ || now < recovered_at_;
    const auto refusal = recovering ? std::nullopt : refusal_since(*baseline_, *health);
    if (refusal) verdict = blame(*refusal);
    // Counts never go down: without details, what was seen is what later looks compare with.
    if ((verdict || recovering) && !health->details) baseline_ = *health;
  }
  schedule_next(now);
  return verdict;
}

void Verification::schedule_next(kube::Moment now) {
  next_look_.reset();
  if (++looks_done_ < options_.looks.size()) {
    next_look_ = now + options_.looks[looks_done_];
  } else if (!taking_back_) {
    suspects_.clear();
  }
}

std::optional<Verdict> Verification::blame(const Refusal& refusal) {
  const auto culprit = std::find_if(suspects_.rbegin(), suspects_.rend(), [&](const auto& write) {
    return reaches(write, namespace_of(refusal.proxy), options_.root_namespace);
  });
  if (culprit == suspects_.rend()) return std::nullopt;
  Verdict verdict{*culprit, describe(refusal)};
  suspects_.erase(std::next(culprit).base());
  taking_back_ = true;
  return verdict;
}

}  // namespace meshtrace::controller
