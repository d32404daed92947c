#include "core/inject/batch.h"

#include <gmock/gmock.h>

#include "tests/support/injected.h"
#include "tests/support/kubelet.h"

namespace meshtrace {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kQueue = "OTEL_BSP_MAX_QUEUE_SIZE";
constexpr const char* kBatch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";

policy::InjectionSettings settings_with(int queue, int batch, bool from_memory = false) {
  policy::InjectionSettings settings;
  settings.include = {"*"};
  settings.pod_identity = false;
  settings.batch = policy::BatchSpanProcessor{};
  settings.batch->max_queue_size = queue;
  settings.batch->max_export_batch_size = batch;
  settings.batch->queue_from_memory = from_memory;
  return settings;
}

json pod_with(json env, const char* memory = nullptr) {
  json container = {{"name", "app"}, {"env", std::move(env)}};
  if (memory) container["resources"] = {{"limits", {{"memory", memory}}}};
  return {{"metadata", {{"name", "a"}}}, {"spec", {{"containers", {container}}}}};
}

std::pair<std::string, std::string> pair_of(const json& pod) {
  auto run =
      test::run_environment(pod["spec"]["containers"][0], test::pod_fields(), {{kQueue, "ref"}, {kBatch, "ref"}});
  return {run[kQueue], run[kBatch]};
}

TEST(Batch, QueueFollowsTheMemoryLimit) {
  const std::tuple<std::int64_t, int, int> cases[] = {
      {512ll << 20, 20, 2199}, {50'000'000, 100, 1024}, {1, 1, 1}, {1ll << 50, 20, 65536}, {128ll << 20, 20, 549},
      {64ll << 20, 20, 274},   {256ll << 20, 10, 549},
  };
  for (const auto& [limit, percent, spans] : cases) EXPECT_EQ(inject::queue_for_memory(limit, percent), spans);
}

struct Case {
  json env;
  const char* memory;
  policy::InjectionSettings settings;
  const char* queue;
  const char* batch;
  const char* warning;
};

json value(const char* name, const char* text) { return {{"name", name}, {"value", text}}; }
json from_source(const char* name) {
  return {{"name", name}, {"valueFrom", {{"configMapKeyRef", {{"name", "c"}, {"key", "k"}}}}}};
}

TEST(Batch, NeverExceedsTheQueueWhoeverStatesThem) {
  const Case cases[] = {
      {json::array(), nullptr, settings_with(2048, 512), "2048", "512", ""},
      {json::array(), nullptr, settings_with(2048, 512, true), "2048", "512", ""},
      {json::array(), "512Mi", settings_with(2048, 512, true), "2199", "512", ""},
      {json::array(), "64Mi", settings_with(2048, 512, true), "274", "274", ""},
      {json::array(), "lots", settings_with(2048, 512, true), "2048", "512", "resources.limits.memory"},
      {{value(kQueue, "100")}, nullptr, settings_with(2048, 512), "100", "100", ""},
      {{value(kBatch, "100")}, nullptr, settings_with(2048, 512), "2048", "100", ""},
      {{value(kBatch, "4096")}, nullptr, settings_with(2048, 512), "4096", "4096", "raised from 2048"},
      {{value(kQueue, "1"), value(kBatch, "9")}, nullptr, settings_with(2048, 512), "1", "9", ""},
      {{from_source(kQueue)}, nullptr, settings_with(2048, 512), "ref", "", ""},
      {{from_source(kBatch)}, nullptr, settings_with(2048, 512), "", "ref", ""},
      {{value(kQueue, "many")}, nullptr, settings_with(2048, 512), "many", "", "not a number"},
      {{value(kQueue, "0")}, nullptr, settings_with(2048, 512), "0", "", "not a number"},
      {{value(kQueue, "99999999999999")}, nullptr, settings_with(2048, 512), "99999999999999", "", "not a number"},
  };
  for (const auto& [env, memory, settings, queue, batch, warning] : cases) {
    const auto result = test::injected(pod_with(env, memory), settings);
    EXPECT_EQ(pair_of(result.pod), std::make_pair(std::string(queue), std::string(batch))) << env << memory;
    if (*warning == '\0') {
      EXPECT_THAT(result.injection.warnings, IsEmpty()) << env;
    } else {
      EXPECT_THAT(result.injection.warnings, ElementsAre(HasSubstr(warning))) << env;
    }
    EXPECT_TRUE(test::injected(result.pod, settings).injection.patch.empty()) << env;
  }
}

}  // namespace
}  // namespace meshtrace
