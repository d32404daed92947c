// The field table, the CRD and docs/api-reference.md say the same, both ways: what one of them lacks fails here.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/policy/fields.h"
#include "core/trace/duration.h"
#include "core/yaml/yaml.h"
#include "tests/unit/policy/support.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kCrd = "crds/meshtrace.io_tracingpolicies.yaml";
constexpr const char* kReference = "docs/api-reference.md";

json crd() {
  const std::string text = test::file(kCrd);
  const auto documents = yaml::read(kCrd, text);
  if (!documents) {
    ADD_FAILURE() << documents.error().message();
    return {};
  }
  return documents->at(0).value;
}

using Schemas = std::map<std::string, json>;

// Every property below `schema` by its path.
void flatten(const json& schema, const std::string& path, Schemas& found) {
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, property] : properties.items()) {
    const std::string below = path.empty() ? name : path + "." + name;
    found[below] = property;
    flatten(property, below, found);
    if (property.contains("items")) flatten(property["items"], below + "[]", found);
  }
}

Schemas schemas_below(const char* top) {
  Schemas all;
  flatten(crd().at("/spec/versions/0/schema/openAPIV3Schema"_json_pointer), "", all);
  std::erase_if(all, [&](const auto& one) { return !one.first.starts_with(std::string(top) + "."); });
  return all;
}

// --- what the table demands of the CRD -------------------------------------------------------------------------------

json text_schema(const Field& field) {
  json schema{{"type", "string"}};
  if (!field.one_of.empty()) {
    for (const std::string_view word : field.one_of) schema["enum"].push_back(word);
    return schema;
  }
  if (field.min_length > 0) schema["minLength"] = field.min_length;
  schema["maxLength"] = field.max_length;
  if (field.pattern != nullptr) schema["pattern"] = field.pattern->regex;
  return schema;
}

json required_members(std::string_view path) {
  json names = json::array();
  for (const Field& field : fields()) {
    if (field.required && parent_of(field.path) == path) names.push_back(name_of(field.path));
  }
  return names;
}

// The schema without descriptions, members and CEL rules.
json demanded_schema(const Field& field) {
  json schema;
  switch (field.type) {
    case Type::kString:
    case Type::kDuration:
      return text_schema(field);
    case Type::kBoolean:
      return {{"type", "boolean"}};
    case Type::kIntegerOrAuto:
      return {{"x-kubernetes-int-or-string", true}};
    case Type::kInteger:
    case Type::kNumber:
      return {{"type", field.type == Type::kInteger ? "integer" : "number"},
              {"minimum", field.range->min},
              {"maximum", field.range->max}};
    case Type::kStringList:
      schema = {{"type", "array"}, {"maxItems", field.max_items}, {"items", text_schema(field)}};
      if (field.min_items > 0) schema["minItems"] = field.min_items;
      return schema;
    case Type::kStringMap:
      schema = {{"type", "object"}, {"maxProperties", field.max_items}, {"additionalProperties", text_schema(field)}};
      if (field.min_items > 0) schema["minProperties"] = field.min_items;
      return schema;
    case Type::kObject:
      break;
  }
  schema = {{"type", "object"}};
  if (json names = required_members(field.path); !names.empty()) schema["required"] = std::move(names);
  return schema;
}

// What the CEL rules of a field must say, since its schema cannot.
std::vector<std::string> demanded_rules(const Field& field) {
  std::vector<std::string> rules;
  if (field.unique_items) rules.push_back("self.all(one, self.exists_one(other, other == one))");
  if (field.type == Type::kStringMap) {
    std::string regex(field.key_pattern->regex);  // a backslash is doubled in a CEL string
    for (std::size_t at = regex.find('\\'); at != std::string::npos; at = regex.find('\\', at + 2))
      regex.insert(at, "\\");
    rules.push_back("self.all(key, size(key) <= " + std::to_string(field.max_key_length) + " && key.matches('" + regex +
                    "'))");
  }
  if (field.type == Type::kIntegerOrAuto) {
    rules.push_back("type(self) == int ? self >= " + std::to_string(field.range->min) +
                    " && self <= " + std::to_string(field.range->max) + " : self == 'Auto'");
  }
  if (field.type == Type::kDuration) {
    rules.push_back("duration(self) > duration('0s') && duration(self) <= duration('" +
                    trace::format_duration(std::chrono::milliseconds(field.range->max)) + "')");
  }
  return rules;
}

TEST(Contract, TheCrdHasEveryFieldOfTheTableAsTheTableHasIt) {
  const Schemas schemas = schemas_below("spec");
  for (const Field& field : fields()) {
    SCOPED_TRACE(field.path);
    const auto found = schemas.find("spec." + std::string(field.path));
    ASSERT_NE(found, schemas.end());
    json schema = found->second;
    std::set<std::string> rules;
    for (const json& rule : schema.value("x-kubernetes-validations", json::array())) {
      rules.insert(rule["rule"]);
      EXPECT_NE(rule.value("message", ""), "") << rule;
    }
    for (const std::string& rule : demanded_rules(field)) EXPECT_TRUE(rules.contains(rule)) << rule;
    for (const char* member : {"description", "properties", "x-kubernetes-validations"}) schema.erase(member);
    EXPECT_EQ(schema, demanded_schema(field));
  }
}

TEST(Contract, TheTableHasEveryFieldOfTheCrd) {
  for (const auto& [path, schema] : schemas_below("spec")) {
    EXPECT_NE(find_field(path.substr(std::string("spec.").size())), nullptr) << path;
  }
}

TEST(Contract, TheCrdDescribesEveryFieldAndDefaultsNone) {
  const json schema = crd().at("/spec/versions/0/schema/openAPIV3Schema"_json_pointer);
  Schemas all;
  flatten(schema, "", all);
  for (const auto& [path, property] : all) {
    if (path != "metadata") {
      EXPECT_GT(property.value("description", "").size(), 10u) << path;
    }
    EXPECT_FALSE(property.contains("default")) << path;
  }
}

TEST(Contract, TheCrdsNamesAreOurs) {
  const json definition = crd()["spec"];
  const json version = definition["versions"][0];
  EXPECT_EQ(definition["group"].get<std::string>() + "/" + version["name"].get<std::string>(), kApiVersion);
  EXPECT_EQ(definition["names"]["kind"], kKind);
}

// --- what the table and the CRD demand of the reference --------------------------------------------------------------

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string text_facts(const Field& field) {
  if (!field.one_of.empty()) {
    std::string words;
    for (const std::string_view word : field.one_of) words += (words.empty() ? ": " : ", ") + code(word);
    return words;
  }
  const std::string facts =
      " of " + std::to_string(field.min_length) + " to " + std::to_string(field.max_length) + " characters";
  return field.pattern == nullptr ? facts : facts + ", " + code(field.pattern->regex);
}

std::string range_facts(const Field& field) {
  return ", " + std::to_string(field.range->min) + " to " + std::to_string(field.range->max);
}

std::string type_facts(const Field& field) {
  const std::string count = std::to_string(field.min_items) + " to " + std::to_string(field.max_items);
  switch (field.type) {
    case Type::kString:
      return "string" + text_facts(field);
    case Type::kDuration:
      return "duration, a string" + text_facts(field) + ", at most " +
             trace::format_duration(std::chrono::milliseconds(field.range->max));
    case Type::kBoolean:
      return "boolean";
    case Type::kInteger:
      return "integer" + range_facts(field);
    case Type::kNumber:
      return "number" + range_facts(field) + ", at most two decimals";
    case Type::kIntegerOrAuto:
      return "integer" + range_facts(field) + ", or `Auto`";
    case Type::kStringList:
      return "list of " + count + " strings" + text_facts(field) + (field.unique_items ? "; each once" : "");
    case Type::kStringMap:
      return "map of " + count + " entries; keys of 1 to " + std::to_string(field.max_key_length) + " characters, " +
             code(field.key_pattern->regex) + "; values" + text_facts(field);
    case Type::kObject:
      break;
  }
  return "object";
}

std::string facts(const Field& field) {
  std::string text = type_facts(field);
  if (field.required) text += "; required";
  if (field.root_only) text += "; root namespace only";
  if (!field.default_json.empty()) text += "; default " + code(field.default_json);
  if (!field.group.empty()) text += "; group " + code(field.group);
  return text;
}

std::string one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

// The reference's entries: a heading "### `path`", a line in italics with the facts, and the description.
std::map<std::string, std::string> entries() {
  std::map<std::string, std::string> found;
  std::istringstream lines(test::file(kReference));
  std::string path;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("### `")) {
      path = line.substr(5, line.rfind('`') - 5);
      EXPECT_FALSE(found.contains(path)) << path << " stands twice";
      found[path];
    } else if (line.starts_with("#")) {
      path.clear();
    } else if (!path.empty()) {
      found[path] += line + "\n";
    }
  }
  for (auto& [name, text] : found) text = one_line(text);
  return found;
}

std::string status_facts(const json& schema) {
  std::string type = schema["type"];
  if (type == "array") type = "list";
  return schema.contains("enum") ? type + ": " + schema["enum"].dump() : type;
}

TEST(Contract, TheReferenceHasEveryFieldWithItsFactsAndTheCrdsDescription) {
  std::map<std::string, std::string> expected;
  Schemas schemas = schemas_below("spec");
  for (const Field& field : fields()) {
    const std::string path = "spec." + std::string(field.path);
    expected[path] = "*" + facts(field) + "* " + one_line(schemas[path].value("description", ""));
  }
  for (const auto& [path, schema] : schemas_below("status")) {
    expected[path] = "*" + status_facts(schema) + "* " + one_line(schema.value("description", ""));
  }
  const auto found = entries();
  for (const auto& [path, text] : expected) {
    const auto entry = found.find(path);
    if (entry == found.end()) {
      ADD_FAILURE() << kReference << " lacks\n### `" << path << "`\n" << text;
    } else {
      EXPECT_EQ(entry->second, text) << path;
    }
  }
  for (const auto& [path, text] : found) EXPECT_TRUE(expected.contains(path)) << path << " is no field";
}

}  // namespace
}  // namespace meshtrace::policy
