// The open connections of one thread by how much each would be missed, and which of them to give up for a new one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace meshtrace::net {

enum class Standing {
  kLeaving,   // everything is said; the socket waits for its peer to close
  kNewcomer,  // has not completed a request yet
  kIdle,      // has completed one and waits for the next
  kBusy,      // has completed one and is within another
};

// Each standing keeps its members in the order in which they came to it, the longest there first.
template <class T>
class ConnectionTable {
 public:
  using List = std::list<std::shared_ptr<T>>;
  // Where a member is; the member keeps it.
  struct Place {
    Standing standing = Standing::kNewcomer;
    typename List::iterator position;
  };

  Place add(std::shared_ptr<T> member) {
    List& list = of(Standing::kNewcomer);
    ++size_;
    return {Standing::kNewcomer, list.insert(list.end(), std::move(member))};
  }

  void move(Place& place, Standing to) {
    List& list = of(to);
    list.splice(list.end(), of(place.standing), place.position);
    place.standing = to;
  }

  void remove(const Place& place) {
    of(place.standing).erase(place.position);
    --size_;
  }

  // Who goes when there is no room, or null. Clients that have shown themselves by a request are kept, so that a flood
  // of silent connections drives out only its own; but newcomers get up to half of the places, so that silent old
  // clients cannot shut out a new one.
  [[nodiscard]] std::shared_ptr<T> victim() const {
    const bool many_newcomers = 2 * of(Standing::kNewcomer).size() > size_;
    for (const Standing standing : {Standing::kLeaving, many_newcomers ? Standing::kNewcomer : Standing::kIdle,
                                    Standing::kIdle, Standing::kNewcomer, Standing::kBusy}) {
      if (!of(standing).empty()) return of(standing).front();
    }
    return nullptr;
  }

  // The members that `wanted` accepts, as a copy: callers' work moves them about.
  template <class Predicate>
  [[nodiscard]] std::vector<std::shared_ptr<T>> select(const Predicate& wanted) const {
    std::vector<std::shared_ptr<T>> result;
    for (const List& list : lists_) {
      std::copy_if(list.begin(), list.end(), std::back_inserter(result), [&](const auto& m) { return wanted(*m); });
    }
    return result;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  List& of(Standing standing) { return lists_[static_cast<std::size_t>(standing)]; }
  const List& of(Standing standing) const { return lists_[static_cast<std::size_t>(standing)]; }

  List lists_[4];
  std::size_t size_ = 0;
};

}  // namespace meshtrace::net
