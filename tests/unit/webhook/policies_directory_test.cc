// The policy folder: what is read, what is refused and with which words, and what stays in force meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include "webhook/policies/policy_directory.h"

namespace meshtrace::webhook {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

std::string policy_text(const std::string& name, const std::string& spec = "workload: {podIdentity: true}") {
  return "apiVersion: meshtrace.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: " + name +
         ", namespace: shop}\nspec:\n  " + spec + "\n";
}

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "meshtrace-policies-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    // As an editor or a deployment does it: never half a file.
    std::ofstream(path / ".new") << text;
    fs::rename(path / ".new", path / name);
  }

  // As the kubelet changes a mounted ConfigMap: a new folder, and ..data swapped to it.
  void swap(const std::string& version, const std::vector<std::pair<std::string, std::string>>& files) const {
    for (const auto& [name, text] : files) write(version + "/" + name, text);
    fs::create_directory_symlink(version, path / "..data_tmp");
    fs::rename(path / "..data_tmp", path / "..data");
    for (const auto& [name, text] : files) {
      if (!fs::is_symlink(path / name)) fs::create_symlink("..data/" + name, path / name);
    }
  }

  fs::path path;
};

std::vector<std::string> names_in(const fs::path& folder, const PolicyFileLimits& limits = {}) {
  const auto files = read_policy_files(folder, limits);
  EXPECT_TRUE(files) << files.error().message();
  std::vector<std::string> names;
  for (const auto& file : files.value_or(std::vector<PolicyFile>{})) {
    names.push_back(fs::path(file.path).lexically_relative(folder).string());
  }
  return names;
}

TEST(PolicyFiles, TakesYamlAndJsonByNameAndLeavesTheRest) {
  const Folder folder;
  for (const char* name : {"b.yml", "a.yaml", "c.json", "readme.md", ".hidden.yaml", "..data_old.yaml", "yaml"}) {
    folder.write(name, "");
  }
  folder.write("sub.yaml/inner.yaml", "");
  EXPECT_EQ(names_in(folder.path), (std::vector<std::string>{"a.yaml", "b.yml", "c.json"}));
}

TEST(PolicyFiles, ReadsAMountedConfigMapThroughItsDataLinkOnce) {
  const Folder folder;
  folder.swap("..2026_01", {{"a.yaml", "one"}});
  // A name that the new content has, but whose link the kubelet has not made yet, and one that is no longer there.
  folder.write("..2026_02/b.yaml", "two");
  fs::create_directory_symlink("..2026_02", folder.path / "..data_tmp");
  fs::rename(folder.path / "..data_tmp", folder.path / "..data");
  fs::remove_all(folder.path / "..2026_01");
  EXPECT_EQ(names_in(folder.path), (std::vector<std::string>{"b.yaml"}));
}

TEST(PolicyFiles, AreBoundedInNumberAndSize) {
  const Folder folder;
  folder.write("a.yaml", std::string(100, '#'));
  folder.write("b.yaml", std::string(100, '#'));
  const auto message = [&](PolicyFileLimits limits) {
    const auto files = read_policy_files(folder.path, limits);
    return files ? std::string() : files.error().message();
  };
  EXPECT_EQ(message({2, 100, 200}), "");
  EXPECT_THAT(message({1, 100, 200}), HasSubstr("holds more than 1 policy files"));
  EXPECT_THAT(message({2, 99, 200}), HasSubstr("a.yaml: is longer than 99 bytes"));
  EXPECT_THAT(message({2, 100, 199}), HasSubstr("hold more than 199 bytes"));
}

TEST(PolicyFiles, NamesWhatCannotBeRead) {
  const Folder folder;
  fs::create_symlink("nowhere", folder.path / "a.yaml");
  EXPECT_THAT(read_policy_files(folder.path, {}).error().message(), HasSubstr("a.yaml: No such file or directory"));
  EXPECT_THAT(read_policy_files(folder.path / "missing", {}).error().message(),
              HasSubstr("missing: No such file or directory"));
}

PolicyFileContent decode_text(const std::string& text) {
  return decode_policy_files({{"p.yaml", text}}, policy::kDefaultRootNamespace);
}

TEST(PolicyFiles, HoldSeveralDocumentsAndLists) {
  const std::string list =
      R"({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy",
      "metadata": {"name": "c", "namespace": "shop"}, "spec": {"workload": {"podIdentity": true}}}]})";
  const auto content = decode_text(policy_text("a") + "---\n" + policy_text("b") + "---\n---\n" + list + "\n");
  EXPECT_THAT(content.problems, testing::IsEmpty());
  ASSERT_EQ(content.policies.size(), 3u);
  EXPECT_EQ(content.policies[2].name, "c");
}

struct BadFile {
  const char* name;
  std::string text;
  const char* problem;
};
class BadPolicyFile : public testing::TestWithParam<BadFile> {};

TEST_P(BadPolicyFile, IsNamedWithItsLineAndWhatIsWrong) {
  const auto content = decode_text(GetParam().text);
  ASSERT_THAT(content.problems, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(content.problems.front(), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    , BadPolicyFile,
    testing::Values(BadFile{"NotYaml", "a: [\n", "p.yaml:"},
                    BadFile{"OtherKind", "\napiVersion: v1\nkind: ConfigMap\n", "p.yaml:2: no TracingPolicy"},
                    BadFile{"Scalar", "hello\n", "p.yaml:1: no TracingPolicy"},
                    BadFile{"WrongEnum", policy_text("a", "sampling: {owner: SKD, percentage: 1}"),
                            "p.yaml:5: spec.sampling.owner:"},
                    BadFile{"InAList",
                            "kind: List\nitems:\n- apiVersion: meshtrace.io/v1alpha1\n  kind: TracingPolicy\n"
                            "  metadata: {name: a}\n  spec:\n    workload:\n      podIdentity: maybe\n",
                            "p.yaml:8: spec.workload.podIdentity:"},
                    BadFile{"UnknownField", policy_text("a", "workloads: {}"), "spec.workloads"},
                    BadFile{"Twice", policy_text("a") + "---\n" + policy_text("a"),
                            "p.yaml:7: shop/a is in p.yaml:1 already"}),
    [](const auto& test) { return test.param.name; });

// The source itself, with its own thread and a short interval.
class PolicyDirectory : public testing::Test {
 protected:
  void start() {
    options_.directory = folder_.path;
    options_.interval = 10ms;
    thread_.emplace([this](std::stop_token stop) { run_policy_directory(stop, options_, store_); });
  }

  bool eventually(const std::function<bool()>& holds) {
    for (int wait = 0; wait < 1000; ++wait) {
      if (holds()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  bool has_policies(std::size_t count) {
    return eventually([&] { return store_.synced() && store_.index()->size() == count; });
  }
  bool has_problem(const std::string& text) {
    return eventually([&] { return store_.status().problem.find(text) != std::string::npos; });
  }

  Folder folder_;
  PolicyStore store_{policy::kDefaultRootNamespace};
  PolicyDirectoryOptions options_;
  std::optional<std::jthread> thread_;
};

TEST_F(PolicyDirectory, AnEmptyFolderIsNoPoliciesAndReady) {
  start();
  EXPECT_TRUE(has_policies(0));
}

TEST_F(PolicyDirectory, ABadFileAtTheStartIsNotReadyUntilItIsMended) {
  folder_.write("good.yaml", policy_text("good"));
  folder_.write("bad.yaml", policy_text("bad", "sampling: {owner: SDK}"));
  start();
  ASSERT_TRUE(has_problem("bad.yaml:"));
  EXPECT_FALSE(store_.synced());
  folder_.write("bad.yaml", policy_text("bad"));
  EXPECT_TRUE(has_policies(2));
  EXPECT_EQ(store_.status().problem, "");
}

TEST_F(PolicyDirectory, ABadFileLaterLeavesTheLastGoodSetInForce) {
  folder_.write("a.yaml", policy_text("a"));
  start();
  ASSERT_TRUE(has_policies(1));
  folder_.write("b.yaml", "kind: [\n");
  ASSERT_TRUE(has_problem("b.yaml"));
  EXPECT_TRUE(store_.synced());
  EXPECT_EQ(store_.index()->size(), 1u);
  EXPECT_EQ(store_.status().failures, 1u);
  fs::remove(folder_.path / "b.yaml");
  EXPECT_TRUE(eventually([&] { return store_.status().problem.empty(); }));
}

TEST_F(PolicyDirectory, AFolderThatVanishesLeavesTheLastGoodSetInForce) {
  folder_.write("a.yaml", policy_text("a"));
  start();
  ASSERT_TRUE(has_policies(1));
  fs::remove_all(folder_.path);
  EXPECT_TRUE(has_problem("No such file or directory"));
  EXPECT_EQ(store_.index()->size(), 1u);
}

TEST_F(PolicyDirectory, TheSameContentIsNotPublishedAgainNorABadOneReportedAgain) {
  folder_.write("a.yaml", policy_text("a"));
  start();
  ASSERT_TRUE(has_policies(1));
  folder_.write("a.yaml", policy_text("a"));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(store_.status().publishes, 1u);
  folder_.write("a.yaml", "no policy");
  ASSERT_TRUE(has_problem("a.yaml"));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(store_.status().failures, 1u);
}

TEST_F(PolicyDirectory, FollowsTheSwapsOfAMountedConfigMap) {
  folder_.swap("..2026_00", {{"a.yaml", policy_text("a")}});
  start();
  ASSERT_TRUE(has_policies(1));
  folder_.swap("..2026_01", {{"a.yaml", policy_text("a")}, {"b.yaml", policy_text("b")}});
  EXPECT_TRUE(has_policies(2));
  // Two files that may not be mixed: in every version, the policy `both` is in just one of them.
  for (int version = 10; version < 60; ++version) {
    const bool even = version % 2 == 0;
    folder_.swap("..2026_" + std::to_string(version),
                 {{"a.yaml", policy_text(even ? "both" : "a")}, {"b.yaml", policy_text(even ? "b" : "both")}});
    fs::remove_all(folder_.path / ("..2026_" + std::to_string(version - 1)));
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(store_.status().failures, 0u);
  EXPECT_EQ(store_.status().problem, "");
}

TEST_F(PolicyDirectory, StopsAtOnceThoughItsIntervalIsLong) {
  options_.interval = 1h;
  std::jthread thread([this](std::stop_token stop) {
    options_.directory = folder_.path;
    run_policy_directory(stop, options_, store_);
  });
  ASSERT_TRUE(has_policies(0));
  const auto begin = std::chrono::steady_clock::now();
  thread.request_stop();
  thread.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

}  // namespace
}  // namespace meshtrace::webhook
