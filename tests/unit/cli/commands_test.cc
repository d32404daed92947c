// Commands without a process: status, standard output and standard error as values.
#include "cli/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace meshtrace::cli {
namespace {

constexpr const char* kPolicy =
    "apiVersion: meshtrace.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: p, namespace: istio-system}\n"
    "spec: {workload: {propagators: [b3]}}\n";
constexpr const char* kPod = "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\nspec:\n  containers:\n  - name: a\n";

class Commands : public testing::Test {
 protected:
  Commands() {
    std::string pattern = (std::filesystem::temp_directory_path() / "meshtrace-cli-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Commands() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  static Outcome run_with(const std::vector<std::string>& arguments, const std::string& input = "") {
    Environment environment;
    environment.read_standard_input = [input](std::size_t) -> Result<std::string> { return input; };
    return run(arguments, environment);
  }

  std::filesystem::path folder_;
};

TEST_F(Commands, InjectsFromStandardInput) {
  const std::string policy = file("p.yaml", kPolicy);
  const Outcome outcome = run_with({"inject", "-f", "-", "--policy", policy}, kPod);
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, testing::StartsWith(std::string(kPod) + "    env:\n"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("    - name: OTEL_PROPAGATORS\n      value: b3\n"));
}

TEST_F(Commands, PrintNothingWhenOneOfManyFails) {
  const std::string policy = file("p.yaml", kPolicy);
  const Outcome outcome =
      run_with({"inject", "-f", "-", "--policy", policy}, std::string(kPod) + "---\n" + kPod + "    env: 1\n");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::StartsWith("error: standard input:14: Pod/w: spec.containers[0].env: "));
}

TEST_F(Commands, BoundTheSizeOfStandardInput) {
  Environment environment;
  environment.read_standard_input = [](std::size_t max_bytes) -> Result<std::string> {
    return fail("standard input", "bound " + std::to_string(max_bytes >> 20));
  };
  EXPECT_EQ(run({"validate", "-f", "-"}, environment).err, "error: standard input: bound 256\n");
}

TEST_F(Commands, TellUsageErrorsOnStandardErrorAlone) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"nothing"},
                                                    {"inject"},
                                                    {"inject", "--what"},
                                                    {"version", "-o", "xml"},
                                                    {"completion"}}) {
    const Outcome outcome = run_with(arguments);
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, testing::StartsWith("error: "));
  }
}

TEST_F(Commands, RefuseOnePolicyInTwoFiles) {
  const std::string a = file("a.yaml", kPolicy);
  const std::string b = file("b.yaml", kPolicy);
  const Outcome outcome = run_with({"validate", "-f", a, b});
  EXPECT_EQ(outcome.status, kInvalid);
  EXPECT_THAT(outcome.err,
              testing::EndsWith("error: " + b + ":1: TracingPolicy istio-system/p is already at " + a + ":1\n"));
}

TEST_F(Commands, ReadPoliciesBeforeManifestsFromOneFolderEach) {
  std::filesystem::create_directory(folder_ / "policies");
  file("policies/p.yaml", kPolicy);
  file("policies/readme.txt", "not: [read");
  const std::string pod = file("pod.yaml", kPod);
  const Outcome outcome = run_with({"explain", "-f", pod, "--policy", (folder_ / "policies").string(), "pod/w"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, testing::HasSubstr("mesh policy istio-system/p"));
}

}  // namespace
}  // namespace meshtrace::cli
