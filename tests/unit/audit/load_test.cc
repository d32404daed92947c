#include "core/audit/load.h"

#include <gmock/gmock.h>

#include "core/yaml/yaml.h"
#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

std::vector<std::string> titles(const Loaded& loaded) {
  std::vector<std::string> out;
  for (const ObjectPointer& object : loaded.objects) out.push_back(object->ref.title());
  return out;
}

TEST(Load, OpensListsInYamlAndJson) {
  const Loaded yaml = load_text(R"(
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}}
- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: b, namespace: x}}]}
)");
  EXPECT_THAT(titles(yaml), testing::ElementsAre("Service default/a", "Service x/b"));
  EXPECT_EQ(yaml.seen, 2u);
  const Loaded json = load_text(R"({"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}},
    {"metadata": {"name": "b", "note": "}]{[\"\\"}}]})");
  EXPECT_THAT(titles(json), testing::ElementsAre("Pod default/a", "Pod default/b"));
  EXPECT_TRUE(json.problems.empty());
}

TEST(Load, CountsKindsThatNoCheckReadsAndKeepsNoneOfThem) {
  const Loaded loaded = load_text("{apiVersion: v1, kind: Secret, metadata: {name: a}}\n---\n# nothing\n---\n");
  EXPECT_TRUE(loaded.objects.empty());
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.seen, 1u);
}

TEST(Load, TellsWhatItCannotReadAndReadsTheRest) {
  const Loaded loaded = load_text(
      "{apiVersion: v1, kind: Service, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Service, kind: Pod}\n---\n"
      "- 1\n---\na: 1\n---\n{apiVersion: v1, kind: Service, metadata: {name: b}}\n");
  EXPECT_THAT(titles(loaded), testing::ElementsAre("Service default/a", "Service default/b"));
  ASSERT_EQ(loaded.problems.size(), 3u);
  EXPECT_EQ(loaded.problems[0].where, "test.yaml:3");
  // A document begins with its --- line.
  EXPECT_EQ(loaded.problems[1].where, "test.yaml:4");
  EXPECT_EQ(loaded.problems[2].where, "test.yaml:6");
}

TEST(Load, GivesWhatStandsBeforeTheEndOfATruncatedJsonList) {
  const Loaded loaded = load_text(R"({"apiVersion": "v1", "kind": "List", "items": [
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}},
    {"apiVersion": "v1", "kind": "Service", "metada)");
  EXPECT_THAT(titles(loaded), testing::ElementsAre("Service default/a"));
  ASSERT_EQ(loaded.problems.size(), 1u);
}

TEST(Load, KnowsTheLineOfEachField) {
  const Loaded loaded = load_text(
      "{\n\"apiVersion\": \"v1\", \"kind\": \"List\",\n\"items\": [\n{\"apiVersion\": \"v1\",\n\"kind\": \"Service\",\n"
      "\"metadata\": {\n\"name\": \"a\"}}]}");
  ASSERT_EQ(loaded.objects.size(), 1u);
  const Place& place = loaded.objects[0]->place;
  const yaml::Document document{place.file, place.text, place.first_line, place.is_json, {}, nullptr};
  EXPECT_EQ(document.at(place.pointer + "/metadata/name").line, 7);
}

}  // namespace
}  // namespace meshtrace::audit
