#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/taxonomy.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// Classifications by tenant, market and instrument, within a bound. Two generations of an open hash table:
/// what is used moves to the young one, and when that is full the old one goes with what nobody used. Equal
/// classifications are one object. One thread.
class ClassificationCache {
 public:
  explicit ClassificationCache(std::size_t capacity = 400'000);

  /// nullptr when it is not known or its time is over. Valid until the next trim() or clear(). Does not
  /// allocate on a hit in the young generation.
  const Classification* find(std::string_view tenant, std::string_view market, std::string_view instrument,
                             Micros now);
  const Classification* put(std::string_view tenant, std::string_view market, std::string_view instrument,
                            Classification classification, Micros until);
  /// Its next lookup finds nothing, whatever the market.
  void forget(std::string_view tenant, std::string_view instrument);
  /// Between batches: lets go of classifications that are no longer worth keeping.
  void trim();
  void clear();
  [[nodiscard]] std::size_t size() const { return young_.entries.size() + old_.entries.size(); }

 private:
  struct Entry {
    std::size_t key_at;
    std::uint32_t key_size, instrument_size;
    const Classification* value;
    Micros until;
    std::uint64_t hash;
  };
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t entry = kFree;
  };
  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
  struct Table {
    std::vector<Slot> slots;
    std::vector<Entry> entries;
    std::string keys;
    Entry* find(std::uint64_t hash, std::string_view key);
    void add(Entry entry, std::string_view key);
    void reset();
  };
  struct Less {
    bool operator()(const Classification& a, const Classification& b) const;
  };

  std::uint64_t make_key(std::string_view tenant, std::string_view market, std::string_view instrument);
  void add(Entry entry);
  std::size_t per_generation_;
  Table young_, old_;
  std::string key_;
  std::set<Classification, Less> values_;
};

}  // namespace dpctl::pipeline
