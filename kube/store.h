// What a reflector's changes add up to: a collection keyed by namespace and name, of values that its owner makes out
// of the objects. An object whose version is known already is not converted again, so that listing everything anew
// costs little and, when nothing changed, shows as no change. One writer; not synchronised.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "kube/json.h"
#include "kube/reflector.h"

namespace meshtrace::kube {

struct ObjectKey {
  std::string ns;  // empty: the object has none
  std::string name;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

template <class Value>
class Store {
 public:
  struct Entry {
    std::string resource_version;
    Value value;
  };

  // `convert` takes a JSON object to a Value. True when anything is other than before.
  template <class Convert>
  bool apply(const Change& change, Convert convert) {
    switch (change.kind) {
      case Change::Kind::kReplace:
        return replace(change, convert);
      case Change::Kind::kUpsert:
        return upsert(entries_, change.objects.front(), convert);
      case Change::Kind::kDelete:
        return entries_.erase(key_of(change.objects.front())) > 0;
    }
    return false;
  }

  [[nodiscard]] const std::map<ObjectKey, Entry>& entries() const { return entries_; }

 private:
  static ObjectKey key_of(const nlohmann::json& object) {
    return {metadata_string(object, "namespace"), metadata_string(object, "name")};
  }

  template <class Convert>
  static bool upsert(std::map<ObjectKey, Entry>& entries, const nlohmann::json& object, Convert& convert) {
    std::string version = metadata_string(object, "resourceVersion");
    ObjectKey key = key_of(object);
    const auto known = entries.find(key);
    if (known != entries.end() && !version.empty() && known->second.resource_version == version) return false;
    entries.insert_or_assign(std::move(key), Entry{std::move(version), convert(object)});
    return true;
  }

  template <class Convert>
  bool replace(const Change& change, Convert& convert) {
    std::map<ObjectKey, Entry> before = std::exchange(entries_, {});
    bool changed = before.size() != change.objects.size();
    for (const auto& object : change.objects) {
      if (auto known = before.extract(key_of(object))) entries_.insert(std::move(known));
      changed |= upsert(entries_, object, convert);
    }
    return changed;
  }

  std::map<ObjectKey, Entry> entries_;
};

}  // namespace meshtrace::kube
