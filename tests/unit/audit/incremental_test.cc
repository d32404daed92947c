// Findings kept while objects change: equal, at any time, to an audit of everything.
#include "core/audit/incremental.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/audit/audit.h"
#include "core/audit/pod_pass.h"
#include "support.h"

namespace meshtrace::audit {
namespace {

constexpr int kHistories = 4;
constexpr int kSteps = 40;
constexpr int kAtMostInAStep = 3;  // objects that change together

SnapshotOptions cluster_options() {
  SnapshotOptions options;
  options.root_namespace = "istio-system";
  options.is_cluster = true;
  options.unread = {Kind::kPod};
  options.now = 1'800'000'000;
  return options;
}

// Every object of every case of every check, broken and mended: what all checks have something to say about.
class Corpus {
 public:
  Corpus() {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path cases = std::filesystem::path(MESHTRACE_SOURCE_DIR) / "tests" / "audit" / "cases";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cases)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ostringstream text;
      text << std::ifstream(file).rdbuf();
      texts_.push_back(std::move(text).str());
      for (const ObjectPointer& object : load_text(texts_.back()).objects) {
        if (object->kind != Kind::kPod) versions_[key_of(*object)].push_back(without_place(*object));
      }
    }
    for (const auto& [key, versions] : versions_) keys_.push_back(key);
  }

  [[nodiscard]] const std::vector<SubjectKey>& keys() const { return keys_; }
  [[nodiscard]] const std::vector<ObjectPointer>& versions(const SubjectKey& key) const { return versions_.at(key); }

 private:
  static ObjectPointer without_place(const Object& object) {
    auto copy = std::make_shared<Object>(object);
    copy->place = {};
    return copy;
  }
  std::list<std::string> texts_;
  std::map<SubjectKey, std::vector<ObjectPointer>> versions_;
  std::vector<SubjectKey> keys_;
};

std::vector<std::string> told(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& one : findings) {
    lines.push_back(one.code + " " + one.object.title() + " " + one.field + ": " + one.message);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// One world that changes at random.
class History {
 public:
  History(const Corpus& corpus, unsigned seed) : corpus_(corpus), random_(seed) {}

  std::set<SubjectKey> step() {
    std::set<SubjectKey> changed;
    const std::size_t count = 1 + below(kAtMostInAStep);
    for (std::size_t i = 0; i < count; ++i) {
      const SubjectKey& key = corpus_.keys()[below(corpus_.keys().size())];
      const auto& versions = corpus_.versions(key);
      const std::size_t choice = below(versions.size() + 1);
      if (choice == versions.size()) {
        world_.erase(key);
      } else {
        world_[key] = versions[choice];
      }
      changed.insert(key);
    }
    return changed;
  }
  [[nodiscard]] std::vector<ObjectPointer> objects() const {
    std::vector<ObjectPointer> all;
    for (const auto& [key, object] : world_) all.push_back(object);
    return all;
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  const Corpus& corpus_;
  std::minstd_rand random_;
  std::map<SubjectKey, ObjectPointer> world_;
};

TEST(Incremental, EqualsAnAuditOfEverythingAfterEachOfManyRandomChanges) {
  const Corpus corpus;
  ASSERT_GT(corpus.keys().size(), 20u);
  std::size_t most = 0;
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    History history(corpus, seed);
    Incremental incremental({.per_subject = 1'000, .per_namespace = 100'000});
    for (int step = 0; step < kSteps; ++step) {
      const std::set<SubjectKey> changed = history.step();
      const Snapshot snapshot(history.objects(), cluster_options());
      const Model model(snapshot);
      incremental.update(model, changed);
      const Audited whole = run_audit(model, {});
      const Tally kept = PodPass().tally(incremental);
      ASSERT_EQ(told(kept.findings), told(whole.findings)) << "history " << seed << ", step " << step;
      ASSERT_EQ(kept.total.suppressed, whole.suppressed) << "history " << seed << ", step " << step;
      most = std::max(most, whole.findings.size());
    }
  }
  EXPECT_GT(most, 5u);
}

// The rest is about how it is done, shown with two checks of the test's own.
int runs = 0;

void find_marked(const Model&, const Object& subject, Findings& findings) {
  ++runs;
  const std::string text = subject.annotation("faults");
  const int faults = text.empty() ? 0 : std::stoi(text);
  for (int i = 0; i < faults; ++i) {
    findings.add(subject, "fault " + std::to_string(i), {.field = "metadata.annotations[faults]", .fix = "mend"});
  }
}

const Check kOfServices{.code = "MT9901",
                        .severity = Severity::kError,
                        .title = "t",
                        .effect = "e",
                        .page = "p",
                        .subjects = {Kind::kService},
                        .reads = {Kind::kGateway},
                        .run = find_marked};
const Check* const kOnly[] = {&kOfServices};

ObjectPointer service(const std::string& name, int faults, const std::string& ns = "shop") {
  return make_object(
      {{"apiVersion", "v1"},
       {"kind", "Service"},
       {"metadata", {{"name", name}, {"namespace", ns}, {"annotations", {{"faults", std::to_string(faults)}}}}}},
      {}, "");
}

ObjectPointer name_space(const std::string& name, const std::string& ignore) {
  return make_object({{"apiVersion", "v1"},
                      {"kind", "Namespace"},
                      {"metadata", {{"name", name}, {"annotations", {{kIgnoreAnnotation, ignore}}}}}},
                     {}, "");
}

struct World {
  std::vector<ObjectPointer> objects;
  Incremental incremental{{}, kOnly};

  bool update(const std::set<SubjectKey>& changed) {
    const Snapshot snapshot(objects, cluster_options());
    const Model model(snapshot);
    runs = 0;
    return incremental.update(model, changed);
  }
  [[nodiscard]] Tally tally() const { return PodPass({}, kOnly).tally(incremental); }
};

TEST(Incremental, RunsACheckOnWhatChangedAlone) {
  World world{{service("a", 1), service("b", 0), service("c", 2)}};
  EXPECT_TRUE(
      world.update({{Kind::kService, "shop", "a"}, {Kind::kService, "shop", "b"}, {Kind::kService, "shop", "c"}}));
  EXPECT_EQ(world.tally().findings.size(), 3u);
  world.objects[1] = service("b", 1);
  EXPECT_TRUE(world.update({{Kind::kService, "shop", "b"}}));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(world.tally().findings.size(), 4u);
  EXPECT_FALSE(world.update({{Kind::kConfigMap, "shop", "b"}}));  // of a kind that the check does not read
  EXPECT_EQ(runs, 0);
}

TEST(Incremental, RunsACheckOnAllWhereAKindThatItReadsChanged) {
  World world{{service("a", 1), service("b", 0)}};
  world.update({{Kind::kService, "shop", "a"}, {Kind::kService, "shop", "b"}});
  EXPECT_FALSE(world.update({{Kind::kGateway, "", ""}}));
  EXPECT_EQ(runs, 2);
}

TEST(Incremental, ForgetsWhatWasFoundInAnObjectThatIsGone) {
  World world{{service("a", 1)}};
  world.update({{Kind::kService, "shop", "a"}});
  world.objects.clear();
  EXPECT_TRUE(world.update({{Kind::kService, "shop", "a"}}));
  EXPECT_TRUE(world.tally().findings.empty());
  EXPECT_FALSE(world.update({{Kind::kService, "shop", "a"}}));
}

TEST(Incremental, SuppressesAsSoonAsTheNamespaceSaysSo) {
  World world{{service("a", 2)}};
  world.update({{Kind::kService, "shop", "a"}});
  world.objects.push_back(name_space("shop", "MT9901"));
  EXPECT_TRUE(world.update({{Kind::kNamespace, "", "shop"}}));
  EXPECT_TRUE(world.tally().findings.empty());
  EXPECT_EQ(world.tally().by_namespace.at("shop").suppressed, 2u);
}

TEST(KeptFindings, CountWhatIsOverTheLimitsOfAnObjectAndOfANamespace) {
  World world{{service("a", 30), service("b", 5), service("c", 5, "other")}};
  world.incremental = Incremental({.per_subject = 10, .per_namespace = 12}, kOnly);
  world.update({{Kind::kService, "shop", "a"}, {Kind::kService, "shop", "b"}, {Kind::kService, "other", "c"}});
  const Tally tally = world.tally();
  EXPECT_EQ(tally.findings.size(), 17u);
  EXPECT_EQ((tally.omitted.at({"shop", "99"})), 23u);
  EXPECT_FALSE(tally.omitted.contains({"other", "99"}));
  EXPECT_EQ(tally.by_namespace.at("shop").of(Severity::kError), 35u);
  EXPECT_EQ(tally.total.of(Severity::kError), 40u);
  EXPECT_EQ((tally.by_code.at({"MT9901", Severity::kError})), 40u);
  // What goes makes room.
  world.objects.erase(world.objects.begin());
  world.update({{Kind::kService, "shop", "a"}});
  EXPECT_EQ(world.tally().findings.size(), 7u);
  EXPECT_EQ(world.tally().total.of(Severity::kError), 10u);
}

}  // namespace
}  // namespace meshtrace::audit
