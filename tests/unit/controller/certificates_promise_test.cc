// The promise of decide.h, looked at after every step: whatever leaf a webhook may still show is trusted by whatever
// caBundle an API server may still use, if neither is further behind than the propagation delay. Steps come at any
// time, replicas are replaced between any two of them, one that leads no more sends what it decided earlier, and now
// and then somebody damages an object.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "controller/certificates/decide.h"
#include "controller/certificates/inspect.h"
#include "tests/unit/controller/certificates_support.h"

namespace meshtrace::certificates::testing {
namespace {

// Everything that one place in the cluster held, and until when.
template <class Value>
class History {
 public:
  void note(sys_seconds now, const Value& value) {
    if (!seen_.empty() && seen_.back().value == value) return;
    if (!seen_.empty()) seen_.back().until = now;
    seen_.push_back({value, sys_seconds::max()});
  }
  // What a reader that is behind by at most the delay may have.
  std::vector<Value> possible(sys_seconds now, seconds delay) {
    while (!seen_.empty() && seen_.front().until < now - delay) seen_.pop_front();
    std::vector<Value> out;
    for (const auto& each : seen_) out.push_back(each.value);
    return out;
  }
  // What was written by others is none of our promise.
  void forget() { seen_.clear(); }

 private:
  struct Held {
    Value value;
    sys_seconds until;
  };
  std::deque<Held> seen_;
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  void live(int events) {
    for (int i = 0; i < events && !::testing::Test::HasFailure(); ++i) {
      now_ += seconds(pick(0, 4));
      switch (pick(0, 9)) {
        case 0:
          decide_something_for_later();
          break;
        case 1:
          send_what_was_decided();
          break;
        case 2:
          if (pick(0, 3) == 0) damage();
          break;
        default:
          cluster_.step(now_);
      }
      look();
    }
    now_ += seconds(1);
    cluster_.run(now_);
    now_ += cluster_.options.propagation_delay;
    cluster_.run(now_);
    EXPECT_EQ(inspect(now_, cluster_.look(), cluster_.options).leaf_problem, "");
    EXPECT_GT(authorities_.size(), 2u) << "the run changed no authority, it proves nothing";
  }

 private:
  int pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

  void decide_something_for_later() {
    const State state = cluster_.look();
    const auto request = request_for(decide(now_, state, cluster_.options).step, state, cluster_.options, now_);
    if (*request) late_ = **request;
  }

  void send_what_was_decided() {
    if (late_) cluster_.send(*late_);
    late_.reset();
  }

  // One object at a time, and then the same time of grace that propagation has: who breaks two at once takes away what
  // the other could be mended from.
  void damage() {
    if (now_ < damaged_ + 3 * cluster_.options.propagation_delay) return;
    damaged_ = now_;
    const std::string configuration = cluster_.configuration_path(webhook_configurations()[pick(0, 1)]);
    const auto set = [&](const std::string& path, const char* key) {
      if (!cluster_.objects.contains(path)) return;
      cluster_.edit(path, [&](nlohmann::json& object) { object["data"][key] = kube::base64_encode("garbage"); });
    };
    switch (pick(0, 8)) {
      case 0:
        cluster_.objects.erase(cluster_.authority_path());
        break;
      case 1:
        cluster_.objects.erase(cluster_.leaf_path());
        break;
      case 2:
        set(cluster_.authority_path(), "tls.crt");
        break;
      case 3:
        set(cluster_.authority_path(), "tls.key");
        break;
      case 4:
        set(cluster_.authority_path(), "previous.crt");
        break;
      case 5:
        set(cluster_.leaf_path(), "tls.key");
        break;
      case 6:
        set(cluster_.leaf_path(), "ca.crt");
        break;
      case 7:
        cluster_.edit(configuration, [](nlohmann::json& object) { object["metadata"].erase("annotations"); });
        break;
      default:
        cluster_.edit(configuration,
                      [](nlohmann::json& object) { object["webhooks"][0]["clientConfig"].erase("caBundle"); });
    }
  }

  void look() {
    const State state = cluster_.look();
    const CertificateList leaf = read_certificates(cluster_.data(cluster_.leaf_path(), "tls.crt"));
    if (!leaf.certificates.empty()) leaves_.note(now_, leaf.certificates[0]);
    if (state.authority) {
      const CertificateList authority = read_certificates(cluster_.data(cluster_.authority_path(), "tls.crt"));
      if (!authority.certificates.empty()) authorities_.insert(authority.certificates[0].fingerprint);
    }
    for (std::size_t i = 0; i < state.configurations.size(); ++i) {
      const auto& trusted = state.configurations[i].bundles[0].certificates;
      // Nothing trusted: before the first writing, or somebody took it away. That is not of our doing.
      if (trusted.empty()) {
        bundles_[i].forget();
      } else {
        bundles_[i].note(now_, trusted);
      }
      for (const auto& bundle : bundles_[i].possible(now_, cluster_.options.propagation_delay)) expect_trust(bundle);
    }
  }

  void expect_trust(const std::vector<Certificate>& bundle) {
    for (const Certificate& leaf : leaves_.possible(now_, cluster_.options.propagation_delay)) {
      if (leaf.not_after <= now_) continue;  // trusted by nobody anyway, and due for long
      EXPECT_TRUE(std::any_of(bundle.begin(), bundle.end(),
                              [&](const Certificate& authority) { return is_signed(leaf, authority); }))
          << "at " << (now_ - kStart).count() << " s: a leaf that ends at " << (leaf.not_after - kStart).count()
          << " s and a bundle of " << bundle.size();
    }
  }

  bool is_signed(const Certificate& leaf, const Certificate& authority) {
    const auto [found, is_new] = signed_.try_emplace({leaf.fingerprint, authority.fingerprint}, false);
    if (is_new) found->second = is_signed_by(leaf, authority);
    return found->second;
  }

  Cluster cluster_;
  sys_seconds now_ = kStart;
  sys_seconds damaged_ = kStart;
  std::mt19937 random_;
  std::optional<kube::Request> late_;
  History<Certificate> leaves_;
  std::map<std::size_t, History<std::vector<Certificate>>> bundles_;  // by configuration
  std::set<std::string> authorities_;
  std::map<std::pair<std::string, std::string>, bool> signed_;  // verifying costs a millisecond
};

class CertificatesPromise : public ::testing::TestWithParam<unsigned> {};

TEST_P(CertificatesPromise, HoldsAtEveryStep) { World(GetParam()).live(200); }

INSTANTIATE_TEST_SUITE_P(Seeds, CertificatesPromise, ::testing::Range(1u, 5u));

}  // namespace
}  // namespace meshtrace::certificates::testing
