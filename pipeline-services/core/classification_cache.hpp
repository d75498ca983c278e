#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/taxonomy.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// What names an instrument. Views that the caller keeps alive during the call.
struct InstrumentKey {
  std::string_view tenant, market, instrument;
};

/// Classifications by tenant, market and instrument, within a bound. Two generations of an open hash table:
/// what is used moves to the young one, and when that is full the old one goes with what nobody used. Equal
/// classifications are one object. One thread.
class ClassificationCache {
 public:
  explicit ClassificationCache(std::size_t capacity = 400'000);

  /// nullptr when it is not known or its time is over. Valid until the next trim() or clear(). Does not
  /// allocate on a hit in the young generation.
  const Classification* find(const InstrumentKey& key, Micros now);
  /// Appends to `found` what find() says of each. Many at once cost a fraction: memory is read for some
  /// dozens while the first waits for it.
  void find(std::span<const InstrumentKey> keys, Micros now, std::vector<const Classification*>& found);
  const Classification* put(const InstrumentKey& key, Classification classification, Micros until);
  /// Its next lookup finds nothing, whatever the market.
  void forget(std::string_view tenant, std::string_view instrument);
  /// Between batches: lets go of classifications that are no longer worth keeping.
  void trim();
  void clear();
  [[nodiscard]] std::size_t size() const { return young_.used + old_.used; }

 private:
  using Key = InstrumentKey;
  /// Half a cache line: what a hit needs beside the bytes of its key. Free while `value` is nullptr.
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t key_at = 0;
    std::uint16_t instrument_size = 0, tenant_size = 0;
    const Classification* value = nullptr;
    Micros until = 0;
  };
  struct Table {
    std::vector<Slot> slots;
    std::size_t used = 0;
    std::string keys;  ///< "instrument\0tenant\0market\0" of each slot
    [[nodiscard]] std::size_t home(std::uint64_t hash) const { return hash & (slots.size() - 1); }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots.size() - 1); }
    [[nodiscard]] bool is(const Slot& slot, const Key& key) const;
    void fetch_key(std::uint64_t hash) const;
    Slot* find(std::uint64_t hash, const Key& key);
    void add(Slot slot, const Key& key);
    void reset();
  };
  struct Less {
    bool operator()(const Classification& a, const Classification& b) const;
  };

  const Classification* find(std::uint64_t hash, const Key& key, Micros now);
  void add(const Slot& slot, const Key& key);
  std::size_t per_generation_;
  Table young_, old_;
  std::set<Classification, Less> values_;
};

}  // namespace dpctl::pipeline
