#include "cli/inject_command.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "cli/decision.h"
#include "cli/diff.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/workload.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;
using Targets = std::map<const yaml::Document*, json>;  // only documents that change

class Injector {
 public:
  explicit Injector(const Session& session) : decider_(session.scope, session.index), messages_(session.warnings) {}

  Result<void> inject(const Object& object) {
    const WorkloadKind* kind = workload_kind(object);
    if (kind == nullptr) return {};
    auto decision = decider_.decide(object, *kind);
    if (!decision) return tl::make_unexpected(std::move(decision.error()));
    if (!decision->injection) {
      messages_ += note_line(object.place(), fmt::format("{} is not injected: {}", object.title(), decision->skipped));
      return {};
    }
    // One line for each effective policy, not for each workload.
    if (warned_.insert(decision->coverage.effective).second) {
      for (const std::string& warning : decision->coverage.effective->warnings) {
        messages_ += warning_line("", fmt::format("the policy for {}: {}", object.title(), warning));
      }
    }
    for (const std::string& warning : decision->injection->warnings) {
      messages_ += warning_line(object.place(), object.title() + ": " + warning);
    }
    if (decision->injection->patch.empty()) return {};
    json& target = targets_.try_emplace(object.document, object.document->value).first->second;
    target.patch_inplace(json::parse(decision->injection->patch));
    return {};
  }

  [[nodiscard]] const Targets& targets() const { return targets_; }
  [[nodiscard]] std::string messages() && { return std::move(messages_); }

 private:
  Decider decider_;
  std::string messages_;
  std::set<const policy::Effective*> warned_;
  Targets targets_;
};

Result<std::string> new_text(const Manifest& manifest, const Targets& targets) {
  std::string text;
  for (const yaml::Document& document : manifest.documents) {
    const auto target = targets.find(&document);
    if (target == targets.end()) {
      text += document.text;
      continue;
    }
    auto rewritten = yaml::rewrite(document, target->second);
    if (!rewritten) return rewritten;
    text += *rewritten;
  }
  return text;
}

std::string as_json(const Session& session, const Targets& targets) {
  std::vector<json> objects;
  for (const Manifest& manifest : session.manifests) {
    for (const Object& object : manifest.objects) {
      const auto target = targets.find(object.document);
      objects.push_back(target == targets.end() ? *object.value
                                                : target->second.at(json::json_pointer(object.pointer)));
    }
  }
  return json_output(std::move(objects));
}

Result<std::string> as_text(const Session& session, const Targets& targets, bool diff, bool color) {
  std::vector<std::string> texts;
  for (const Manifest& manifest : session.manifests) {
    auto text = new_text(manifest, targets);
    if (!text) return text;
    if (diff) {
      const std::string injected = manifest.source.name + " (injected)";
      *text = unified_diff(manifest.source.text, *text, {manifest.source.name, injected, color});
    }
    texts.push_back(*std::move(text));
  }
  if (!diff) return join_texts(texts);
  std::string out;
  for (const std::string& text : texts) out += text;
  return out;
}

}  // namespace

Outcome run_inject(const InjectOptions& options, const Environment& environment) {
  if (options.diff && options.output == "json") {
    return failure({{"", "--diff shows the change of the text; it does not go with -o json"}});
  }
  const auto session = open_session(options.input, environment);
  if (!session) return failure(session.error());

  Injector injector(*session);
  std::vector<Error> errors;
  for (const Manifest& manifest : session->manifests) {
    for (const Object& object : manifest.objects) {
      if (auto done = injector.inject(object); !done) errors.push_back(std::move(done.error()));
    }
  }
  if (!errors.empty()) return failure(errors);

  Outcome outcome;
  if (options.output == "json") {
    outcome.out = as_json(*session, injector.targets());
  } else {
    auto text = as_text(*session, injector.targets(), options.diff, environment.color);
    if (!text) return failure({text.error()});
    outcome.out = *std::move(text);
  }
  outcome.err = std::move(injector).messages();
  return outcome;
}

}  // namespace meshtrace::cli
