#include "pipeline-services/core/classification_cache.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

#include "pipeline-services/core/hash.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::size_t kMostValues = 50'000;
constexpr std::size_t kLongestKey = 60'000;  // sizes of parts are kept in sixteen bits

}  // namespace

bool ClassificationCache::Less::operator()(const Classification& a, const Classification& b) const {
  const auto tied = [](const Classification& c) {
    return std::tie(c.commodity, c.region, c.tier, c.method, c.unit, c.confidence, c.contract_size,
                    c.tick_size);
  };
  return tied(a) < tied(b);
}

std::uint64_t ClassificationCache::Key::hash() const {
  return text_hash(instrument, text_hash(tenant, text_hash(market)));
}

ClassificationCache::ClassificationCache(std::size_t capacity)
    : per_generation_(std::max<std::size_t>(1, capacity / 2)) {
  for (auto* table : {&young_, &old_}) table->slots.resize(std::bit_ceil(2 * per_generation_));
}

bool ClassificationCache::Table::is(const Slot& slot, const Key& key) const {
  if (slot.instrument_size != key.instrument.size() || slot.tenant_size != key.tenant.size()) return false;
  const std::string_view stored = std::string_view(keys).substr(slot.key_at);
  const auto tenant_at = key.instrument.size() + 1, market_at = tenant_at + key.tenant.size() + 1;
  return stored.starts_with(key.instrument) && stored.substr(tenant_at).starts_with(key.tenant) &&
         stored.substr(market_at).starts_with(key.market) && stored[market_at + key.market.size()] == '\0';
}

ClassificationCache::Slot* ClassificationCache::Table::find(std::uint64_t hash, const Key& key) {
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    auto& slot = slots[at];
    if (slot.value == nullptr) return nullptr;
    if (slot.hash == hash && is(slot, key)) return &slot;
  }
}

void ClassificationCache::Table::add(Slot slot, const Key& key) {
  const std::size_t mask = slots.size() - 1;
  std::size_t at = slot.hash & mask;
  while (slots[at].value != nullptr) at = (at + 1) & mask;
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

const Classification* ClassificationCache::find(std::string_view tenant, std::string_view market,
                                                std::string_view instrument, Micros now) {
  const Key key{tenant, market, instrument};
  const auto hash = key.hash();
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

const Classification* ClassificationCache::put(std::string_view tenant, std::string_view market,
                                               std::string_view instrument, Classification classification,
                                               Micros until) {
  const auto* value = &*values_.insert(std::move(classification)).first;
  const Key key{tenant, market, instrument};
  if (key.size() > kLongestKey) return value;
  const auto hash = key.hash();
  if (auto* known = young_.find(hash, key)) {
    known->value = value;
    known->until = until;
    return value;
  }
  add({.hash = hash,
       .instrument_size = static_cast<std::uint16_t>(instrument.size()),
       .tenant_size = static_cast<std::uint16_t>(tenant.size()),
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
