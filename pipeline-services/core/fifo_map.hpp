#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "pipeline-services/core/prefetch.hpp"

namespace dpctl::pipeline {

/// A hash map of at most `limit` entries that forgets what was added first.
///
/// Entries lie in one ring in the order in which they came; a table of (hash, place) with linear probing
/// finds them. So a lookup costs one cache miss when there is nothing, and memory grows with what is held.
/// The caller hashes; equal keys have equal hashes.
template <class Key, class Value>
class FifoMap {
 public:
  struct Entry {
    Key key;
    Value value;
    std::uint32_t hash;
  };

  explicit FifoMap(std::size_t limit) : limit_(limit == 0 ? 1 : limit), slots_(kFewest) {}

  /// Fetches what find() will look at. For loops that know the hash early.
  void fetch(std::uint64_t hash) const { prefetch(&slots_[home(low(hash))]); }
  /// The entry that find() would compare first, if any: for fetching what it points to.
  const Entry* likely(std::uint64_t hash) const {
    const std::uint32_t wanted = low(hash);
    std::size_t at = home(wanted);
    while (slots_[at].place != kNone && slots_[at].hash != wanted) at = next(at);
    return slots_[at].place == kNone ? nullptr : &ring_[slots_[at].place];
  }

  template <class K>
  Value* find(std::uint64_t hash, const K& key) {
    const std::uint32_t wanted = low(hash);
    for (std::size_t at = home(wanted); slots_[at].place != kNone; at = next(at)) {
      if (slots_[at].hash != wanted) continue;
      Entry& entry = ring_[slots_[at].place];
      if (entry.key == key) return &entry.value;
    }
    return nullptr;
  }

  /// Adds a key that is not there. The reference is good until the next add().
  Value& add(std::uint64_t hash, Key key) {
    const std::uint32_t wanted = low(hash);
    std::size_t place = ring_.size();
    if (place < limit_) {
      if (2 * (place + 1) > slots_.size()) grow();
      ring_.push_back({std::move(key), Value{}, wanted});
    } else {
      place = oldest_;
      oldest_ = oldest_ + 1 == limit_ ? 0 : oldest_ + 1;
      // Who is forgotten soon is known: its slot is fetched meanwhile.
      if (oldest_ + kAhead < limit_) prefetch(&slots_[home(ring_[oldest_ + kAhead].hash)]);
      remove(ring_[place].hash, static_cast<std::uint32_t>(place));
      ring_[place] = {std::move(key), Value{}, wanted};
    }
    insert(wanted, static_cast<std::uint32_t>(place));
    return ring_[place].value;
  }

  [[nodiscard]] std::size_t size() const { return ring_.size(); }
  /// The i-th oldest.
  [[nodiscard]] const Entry& entry(std::size_t i) const {
    const std::size_t place = oldest_ + i;
    return ring_[place < ring_.size() ? place : place - ring_.size()];
  }
  void clear() {
    ring_.clear();
    slots_.assign(kFewest, {});
    oldest_ = 0;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::size_t kFewest = 64;
  static constexpr std::size_t kAhead = 8;
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t place = kNone;
  };

  static std::uint32_t low(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  [[nodiscard]] std::size_t home(std::uint32_t hash) const { return hash & (slots_.size() - 1); }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void insert(std::uint32_t hash, std::uint32_t place) {
    std::size_t at = home(hash);
    while (slots_[at].place != kNone) at = next(at);
    slots_[at] = {hash, place};
  }
  /// Empties the slot of `place` and moves back those behind it that would not be found across the hole.
  void remove(std::uint32_t hash, std::uint32_t place) {
    std::size_t hole = home(hash);
    while (slots_[hole].place != place) hole = next(hole);
    for (std::size_t at = next(hole); slots_[at].place != kNone; at = next(at)) {
      const std::size_t mask = slots_.size() - 1;
      if (((at - home(slots_[at].hash)) & mask) < ((at - hole) & mask)) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
  }
  void grow() {
    slots_.assign(2 * slots_.size(), {});
    for (std::size_t place = 0; place < ring_.size(); ++place)
      insert(ring_[place].hash, static_cast<std::uint32_t>(place));
  }

  std::size_t limit_;
  std::size_t oldest_ = 0;
  std::vector<Entry> ring_;
  std::vector<Slot> slots_;
};

}  // namespace dpctl::pipeline
