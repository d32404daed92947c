#include <algorithm>
#include <array>
#include <utility>

#include "core/audit/workload_read.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using Sign = std::pair<std::string_view, Language>;

// What a container runs, by the program's name without its folder and version.
constexpr std::array<Sign, 19> kPrograms{{
    {"python", Language::kPython}, {"gunicorn", Language::kPython}, {"uvicorn", Language::kPython},
    {"flask", Language::kPython},  {"celery", Language::kPython},   {"opentelemetry-instrument", Language::kPython},
    {"node", Language::kNode},     {"npm", Language::kNode},        {"yarn", Language::kNode},
    {"java", Language::kJava},     {"dotnet", Language::kDotnet},   {"ruby", Language::kRuby},
    {"bundle", Language::kRuby},   {"rails", Language::kRuby},      {"puma", Language::kRuby},
    {"php", Language::kPhp},       {"php-fpm", Language::kPhp},     {"go", Language::kGo},
    {"cargo", Language::kRust},
}};

// The last part of an image's repository. Images of languages alone: others are called anything.
constexpr std::array<Sign, 16> kImages{{
    {"python", Language::kPython},
    {"pypy", Language::kPython},
    {"node", Language::kNode},
    {"openjdk", Language::kJava},
    {"eclipse-temurin", Language::kJava},
    {"amazoncorretto", Language::kJava},
    {"tomcat", Language::kJava},
    {"jetty", Language::kJava},
    {"wildfly", Language::kJava},
    {"ruby", Language::kRuby},
    {"php", Language::kPhp},
    {"golang", Language::kGo},
    {"rust", Language::kRust},
    {"aspnet", Language::kDotnet},
    {"dotnet-samples", Language::kDotnet},
    {"nodejs", Language::kNode},
}};

// Variables that only the runtime of one language reads; a name that ends in _ is a prefix.
constexpr std::array<Sign, 14> kVariables{{
    {"PYTHONPATH", Language::kPython},
    {"PYTHONUNBUFFERED", Language::kPython},
    {"OTEL_PYTHON_", Language::kPython},
    {"NODE_OPTIONS", Language::kNode},
    {"NODE_ENV", Language::kNode},
    {"OTEL_NODE_", Language::kNode},
    {"JAVA_TOOL_OPTIONS", Language::kJava},
    {"JDK_JAVA_OPTIONS", Language::kJava},
    {"OTEL_JAVAAGENT_", Language::kJava},
    {"ASPNETCORE_", Language::kDotnet},
    {"CORECLR_", Language::kDotnet},
    {"OTEL_DOTNET_", Language::kDotnet},
    {"GOMEMLIMIT", Language::kGo},
    {"RUBYOPT", Language::kRuby},
}};

// Annotations of the opentelemetry-operator, which instruments this language and no other.
constexpr std::array<Sign, 5> kAnnotations{{
    {"instrumentation.opentelemetry.io/inject-python", Language::kPython},
    {"instrumentation.opentelemetry.io/inject-nodejs", Language::kNode},
    {"instrumentation.opentelemetry.io/inject-java", Language::kJava},
    {"instrumentation.opentelemetry.io/inject-dotnet", Language::kDotnet},
    {"instrumentation.opentelemetry.io/inject-go", Language::kGo},
}};

template <std::size_t N>
Language find(const std::array<Sign, N>& signs, std::string_view word) {
  const auto found = std::find_if(signs.begin(), signs.end(), [&](const Sign& sign) { return sign.first == word; });
  return found == signs.end() ? Language::kUnknown : found->second;
}

// "/usr/bin/python3.11" as "python".
std::string_view program_name(std::string_view word) {
  word = word.substr(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1);
  return word.substr(0, word.find_first_of("0123456789"));
}

// The first word of a shell's script, past an `exec`.
std::string_view first_word(std::string_view script) {
  constexpr std::string_view kBlanks = " \t\n";
  const auto next = [&] {
    script.remove_prefix(std::min(script.find_first_not_of(kBlanks), script.size()));
    const std::string_view word = script.substr(0, script.find_first_of(kBlanks));
    script.remove_prefix(word.size());
    return word;
  };
  const std::string_view word = next();
  return word == "exec" ? next() : word;
}

Language language_of_command(const nlohmann::json& container) {
  std::vector<std::string_view> words;
  for (const char* list : {"command", "args"}) {
    for (const nlohmann::json& word : array_member(container, {list})) {
      if (word.is_string()) words.push_back(word.get_ref<const std::string&>());
    }
  }
  if (words.empty()) return Language::kUnknown;
  const std::string_view program = program_name(words[0]);
  const bool is_shell = program == "sh" || program == "bash" || program == "ash";
  if (is_shell && words.size() > 2 && words[1] == "-c") return find(kPrograms, program_name(first_word(words[2])));
  return find(kPrograms, program);
}

Language language_of_image(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t slash = image.rfind('/');
  std::string_view repository = slash == std::string_view::npos ? image : image.substr(slash + 1);
  repository = repository.substr(0, repository.find(':'));
  if (image.find("/dotnet/") != std::string_view::npos) return Language::kDotnet;
  return find(kImages, repository);
}

Language language_of_variables(const std::vector<EnvVariable>& env) {
  Language language = Language::kUnknown;
  for (const EnvVariable& variable : env) {
    for (const auto& [name, spoken] : kVariables) {
      const bool hit = name.ends_with('_') ? std::string_view(variable.name).starts_with(name) : variable.name == name;
      if (!hit || variable.by_policy) continue;
      if (language != Language::kUnknown && language != spoken) return Language::kUnknown;
      language = spoken;
    }
  }
  return language;
}

Language language_of_annotations(const std::map<std::string, std::string>& annotations) {
  Language language = Language::kUnknown;
  for (const auto& [name, spoken] : kAnnotations) {
    const auto found = annotations.find(std::string(name));
    if (found == annotations.end() || found->second == "false") continue;
    if (language != Language::kUnknown) return Language::kUnknown;
    language = spoken;
  }
  return language;
}

}  // namespace

Language language_of(const Container& container, const std::map<std::string, std::string>& pod_annotations) {
  if (container.is_proxy) return Language::kUnknown;
  for (const Language language : {language_of_command(*container.json), language_of_image(container.image),
                                  language_of_variables(container.env)}) {
    if (language != Language::kUnknown) return language;
  }
  return language_of_annotations(pod_annotations);
}

}  // namespace meshtrace::audit
