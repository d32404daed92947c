// The text patterns of the policy's fields: the regular expression that the CRD states, and a plain function that
// decides the same without a regular expression engine (linear, no allocation). Tests hold the two together.
#pragma once

#include <string_view>

namespace meshtrace::policy {

struct Pattern {
  std::string_view regex;  // RE2 syntax, as the CRD has it
  std::string_view must;   // ends the sentence "must …"
  bool (*matches)(std::string_view text);
};

extern const Pattern kAttributeKey;
extern const Pattern kContainerGlob;
extern const Pattern kDurationText;
extern const Pattern kFilePath;
extern const Pattern kHttpUrl;
extern const Pattern kLabelKey;
extern const Pattern kLabelValue;
extern const Pattern kNoControls;
extern const Pattern kPropagatorName;
extern const Pattern kProviderName;

}  // namespace meshtrace::policy
