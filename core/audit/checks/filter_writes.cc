#include "core/audit/checks/filter_writes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "core/audit/checks/lua_writes.h"
#include "core/audit/envoy_filters.h"
#include "core/base/json.h"
#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;
using What = HeaderChange::What;

// requestMutations and request_mutations alike.
std::string plain(std::string_view key) {
  std::string word = in_lower_case(std::string(key));
  std::erase(word, '_');
  return word;
}

std::string below(const std::string& field, const std::string& key) {
  const bool is_word = std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return is_word ? field + "." + key : fmt::format("{}[{}]", field, key);
}

// What an added header does to one that is there; nothing for one that steps back.
std::optional<What> deed_of(const json& addition) {
  const json* action = proto_member(addition, "append_action");
  const std::string word = action != nullptr && action->is_string() ? action->get<std::string>() : "";
  if (word == "ADD_IF_ABSENT") return std::nullopt;
  if (word.starts_with("OVERWRITE")) return What::kSet;
  const json* append = find_member(addition, {"append"});
  return append != nullptr && *append == false ? What::kSet : What::kAdded;
}

class Reader {
 public:
  explicit Reader(const Object& by) : by_(by) {}

  // How deep is bounded by what load.h lets in.
  void read(const json& value, const std::string& field, bool is_early) {
    if (value.is_array()) {
      for (std::size_t at = 0; at < value.size(); ++at) read(value[at], fmt::format("{}[{}]", field, at), is_early);
    }
    if (!value.is_object()) return;
    for (const auto& [key, member] : value.items()) {
      const std::string at = below(field, key);
      const std::string word = plain(key);
      if (word == "requestheaderstoremove" && member.is_array()) {
        names(member, at);
      } else if (word == "requestheaderstoadd" && member.is_array()) {
        for (std::size_t i = 0; i < member.size(); ++i) addition(member[i], fmt::format("{}[{}]", at, i), false);
      } else if ((word == "requestmutations" || word == "mutations") && member.is_array()) {
        mutations(member, at, is_early);
      } else if ((word == "inlinecode" || word == "inlinestring") && member.is_string()) {
        for (auto& write : lua_filter_writes(by_, member.get_ref<const std::string&>(), at))
          writes.push_back(std::move(write));
      } else if (!word.starts_with("response")) {
        read(member, at, is_early || word == "earlyheadermutationextensions");
      }
    }
  }

  std::vector<FilterWrite> writes;

 private:
  void names(const json& list, const std::string& field) {
    for (std::size_t at = 0; at < list.size(); ++at) {
      if (list[at].is_string())
        note(What::kRemoved, list[at].get<std::string>(), fmt::format("{}[{}]", field, at), false, true);
    }
  }

  void mutations(const json& list, const std::string& field, bool is_early) {
    for (std::size_t at = 0; at < list.size(); ++at) {
      const std::string entry = fmt::format("{}[{}]", field, at);
      note(What::kRemoved, string_member(list[at], {"remove"}), entry, is_early, true);
      if (const json* append = find_member(list[at], {"append"})) addition(*append, entry, is_early);
    }
  }

  void addition(const json& stated, const std::string& field, bool is_early) {
    const auto what = deed_of(stated);
    const std::string value = string_member(stated, {"header", "value"});
    const bool is_computed = value.find('%') != std::string::npos;
    if (what) note(*what, string_member(stated, {"header", "key"}), field, is_early, !is_computed);
  }

  void note(What what, const std::string& header, const std::string& field, bool is_early, bool is_certain) {
    if (!is_trace_header(header)) return;
    writes.push_back({{what, in_lower_case(std::string(header)), &by_, field}, is_early, is_certain, 0});
  }

  const Object& by_;
};

// What the words on the way to a header's name say.
std::optional<What> deed_of_words(const std::string& words) {
  constexpr std::array<std::string_view, 4> kRemoving{"remove", "delete", "drop", "strip"};
  constexpr std::array<std::string_view, 3> kSetting{"set", "replace", "overwrite"};
  const auto has = [&](std::string_view word) { return words.find(word) != std::string::npos; };
  if (has("response")) return std::nullopt;
  if (std::any_of(kRemoving.begin(), kRemoving.end(), has)) return What::kRemoved;
  if (std::any_of(kSetting.begin(), kSetting.end(), has)) return What::kSet;
  return std::nullopt;
}

void read_plugin(const Object& by, const json& value, const std::string& field, const std::string& words,
                 std::vector<FilterWrite>& writes) {
  const auto note = [&](const std::string& header, const std::string& at) {
    const auto what = deed_of_words(words);
    if (what && is_trace_header(header))
      writes.push_back({{*what, in_lower_case(std::string(header)), &by, at}, false, false, 0});
  };
  if (value.is_string()) note(value.get<std::string>(), field);
  if (value.is_array()) {
    for (std::size_t at = 0; at < value.size(); ++at)
      read_plugin(by, value[at], fmt::format("{}[{}]", field, at), words, writes);
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    note(key, below(field, key));
    read_plugin(by, member, below(field, key), words + " " + in_lower_case(std::string(key)), writes);
  }
}

}  // namespace

std::vector<FilterWrite> filter_writes(const Object& by, const json& value, const std::string& field) {
  Reader reader(by);
  reader.read(value, field, false);
  return std::move(reader.writes);
}

std::vector<FilterWrite> lua_filter_writes(const Object& by, const std::string& code, const std::string& field) {
  std::vector<FilterWrite> writes;
  for (LuaWrite& write : lua_writes(code)) {
    writes.push_back({{write.what, std::move(write.header), &by, field}, false, write.is_certain, write.line});
  }
  return writes;
}

std::vector<FilterWrite> plugin_writes(const Object& by, const json& settings, const std::string& field) {
  std::vector<FilterWrite> writes;
  read_plugin(by, settings, field, "", writes);
  return writes;
}

}  // namespace meshtrace::audit
