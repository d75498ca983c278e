#include "pipeline-services/core/classification_cache.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>

#include "pipeline-services/core/hash.hpp"
#include "pipeline-services/core/prefetch.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::size_t kMostValues = 50'000;
constexpr std::size_t kLongestKey = 60'000;  // sizes of parts are kept in sixteen bits
constexpr std::size_t kAhead = 32;           // lookups that wait for memory together

std::uint64_t hash_of(const InstrumentKey& key) {
  return text_hash(key.instrument, text_hash(key.tenant, text_hash(key.market)));
}

/// Of the key as it is stored, with the end of each part.
std::size_t size_of(const InstrumentKey& key) {
  return key.tenant.size() + key.market.size() + key.instrument.size() + 3;
}

}  // namespace

bool ClassificationCache::Less::operator()(const Classification& a, const Classification& b) const {
  const auto tied = [](const Classification& c) {
    return std::tie(c.commodity, c.region, c.tier, c.method, c.unit, c.confidence, c.contract_size,
                    c.tick_size);
  };
  return tied(a) < tied(b);
}

ClassificationCache::ClassificationCache(std::size_t capacity)
    : per_generation_(std::max<std::size_t>(1, capacity / 2)) {
  for (auto* table : {&young_, &old_}) table->slots.resize(std::bit_ceil(2 * per_generation_));
}

bool ClassificationCache::Table::is(const Slot& slot, const Key& key) const {
  if (slot.instrument_size != key.instrument.size() || slot.tenant_size != key.tenant.size() ||
      slot.key_at + size_of(key) > keys.size())
    return false;
  const char* instrument = keys.data() + slot.key_at;
  const char* tenant = instrument + key.instrument.size() + 1;
  const char* market = tenant + key.tenant.size() + 1;
  return same_bytes(instrument, key.instrument) && same_bytes(tenant, key.tenant) &&
         same_bytes(market, key.market) && market[key.market.size()] == '\0';
}

/// Asks for the bytes that find() will compare.
void ClassificationCache::Table::fetch_key(std::uint64_t hash) const {
  std::size_t at = home(hash);
  while (slots[at].value != nullptr && slots[at].hash != hash) at = next(at);
  if (slots[at].value != nullptr) prefetch(keys.data() + slots[at].key_at);
}

ClassificationCache::Slot* ClassificationCache::Table::find(std::uint64_t hash, const Key& key) {
  for (std::size_t at = home(hash);; at = next(at)) {
    auto& slot = slots[at];
    if (slot.value == nullptr) return nullptr;
    if (slot.hash == hash && is(slot, key)) return &slot;
  }
}

void ClassificationCache::Table::add(Slot slot, const Key& key) {
  std::size_t at = home(slot.hash);
  while (slots[at].value != nullptr) at = next(at);
  slot.key_at = static_cast<std::uint32_t>(keys.size());
  for (const auto part : {key.instrument, key.tenant, key.market}) (keys += part) += '\0';
  slots[at] = slot;
  ++used;
}

void ClassificationCache::Table::reset() {
  std::fill(slots.begin(), slots.end(), Slot{});
  keys.clear();
  used = 0;
}

const Classification* ClassificationCache::find(const Key& key, Micros now) {
  return find(hash_of(key), key, now);
}

void ClassificationCache::find(std::span<const Key> keys, Micros now,
                               std::vector<const Classification*>& found) {
  std::array<std::uint64_t, kAhead> hashes{};
  while (!keys.empty()) {
    const auto some = keys.first(std::min(kAhead, keys.size()));
    for (const auto& key : some) prefetch(key.instrument.data());
    for (std::size_t i = 0; i < some.size(); ++i) {
      hashes[i] = hash_of(some[i]);
      prefetch(&young_.slots[young_.home(hashes[i])]);
    }
    for (std::size_t i = 0; i < some.size(); ++i) young_.fetch_key(hashes[i]);
    for (std::size_t i = 0; i < some.size(); ++i) found.push_back(find(hashes[i], some[i], now));
    keys = keys.subspan(some.size());
  }
}

const Classification* ClassificationCache::find(std::uint64_t hash, const Key& key, Micros now) {
  if (const auto* slot = young_.find(hash, key)) return slot->until > now ? slot->value : nullptr;
  const auto* aged = old_.find(hash, key);
  if (aged == nullptr || aged->until <= now) return nullptr;
  const Slot moved = *aged;
  add(moved, key);
  return moved.value;
}

void ClassificationCache::add(const Slot& slot, const Key& key) {
  if (young_.used >= per_generation_) {
    std::swap(young_, old_);
    young_.reset();
  }
  young_.add(slot, key);
}

const Classification* ClassificationCache::put(const Key& key, Classification classification, Micros until) {
  const auto* value = &*values_.insert(std::move(classification)).first;
  if (size_of(key) > kLongestKey) return value;
  const auto hash = hash_of(key);
  if (auto* known = young_.find(hash, key)) {
    known->value = value;
    known->until = until;
    return value;
  }
  add({.hash = hash,
       .instrument_size = static_cast<std::uint16_t>(key.instrument.size()),
       .tenant_size = static_cast<std::uint16_t>(key.tenant.size()),
       .value = value,
       .until = until},
      key);
  return value;
}

void ClassificationCache::forget(std::string_view tenant, std::string_view instrument) {
  std::string begin(instrument);
  begin += '\0';
  begin += tenant;
  begin += '\0';
  for (auto* table : {&young_, &old_})
    for (auto& slot : table->slots)
      if (slot.value != nullptr && slot.instrument_size == instrument.size() &&
          std::string_view(table->keys).substr(slot.key_at).starts_with(begin))
        slot.until = std::numeric_limits<Micros>::min();
}

void ClassificationCache::trim() {
  if (values_.size() > kMostValues) clear();
}

void ClassificationCache::clear() {
  young_.reset();
  old_.reset();
  values_.clear();
}

}  // namespace dpctl::pipeline
