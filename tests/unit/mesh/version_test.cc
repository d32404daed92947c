#include "core/mesh/version.h"

#include <gtest/gtest.h>

namespace meshtrace::mesh {
namespace {

TEST(MeshVersion, IsReadFromImageTagsAndReports) {
  const struct {
    const char* text;
    Version version;
  } cases[] = {
      {"1.31.1", {1, 31, 1}},        {"v1.31.1", {1, 31, 1}},         {"1.31.1-distroless", {1, 31, 1}},
      {"1.31", {1, 31, 0}},          {"1.32-alpha.abc", {1, 32, 0}},  {"1.31.1_custom", {1, 31, 1}},
      {"1.29.0-rc.1", {1, 29, 0}},   {"1.31.1+vendor.2", {1, 31, 1}}, {"1.28.3.4", {1, 28, 3}},
      {"1.20.8-asm.49", {1, 20, 8}},
  };
  for (const auto& each : cases) EXPECT_EQ(parse_version(each.text), each.version) << each.text;
}

TEST(MeshVersion, IsNoneWhereNoneStands) {
  for (const char* text : {"", "v", "latest", "1", "1.", ".1", "1.x", "1.31.", "1.31.x", "1.31abc", "-1.2", "1.-2",
                           "v1", "sha256:1.2", "123456.7", "1.20260916195427", "99999999999999999999.1", " 1.31"}) {
    EXPECT_EQ(parse_version(text), std::nullopt) << text;
  }
}

TEST(MeshVersion, IsOrderedByNumbersAndPrintedWhole) {
  EXPECT_LT(*parse_version("1.9.10"), *parse_version("1.31"));
  EXPECT_LT(*parse_version("1.31.2"), *parse_version("1.31.10"));
  EXPECT_EQ(parse_version("v1.31")->text(), "1.31.0");
}

// From Istio's "Supported releases", the table of Envoy versions.
TEST(MeshVersion, OfEnvoyFollowsTheIstioRelease) {
  const struct {
    int istio, envoy;
  } cases[] = {{14, 22}, {15, 23}, {16, 24}, {17, 25}, {18, 26}, {19, 27}, {20, 28}, {21, 29}, {22, 30}, {31, 39}};
  for (const auto& each : cases) {
    EXPECT_EQ(envoy_of_istio({1, each.istio, 4}), (Version{1, each.envoy, 0})) << each.istio;
  }
}

}  // namespace
}  // namespace meshtrace::mesh
