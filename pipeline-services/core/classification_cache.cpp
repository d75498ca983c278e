#include "pipeline-services/core/classification_cache.hpp"

#include <bit>
#include <functional>
#include <tuple>

namespace dpctl::pipeline {
namespace {

constexpr std::size_t kMostValues = 50'000;

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

ClassificationCache::Entry* ClassificationCache::Table::find(std::uint64_t hash, std::string_view key) {
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const auto& slot = slots[at];
    if (slot.entry == kFree) return nullptr;
    if (slot.hash != hash) continue;
    auto& entry = entries[slot.entry];
    if (std::string_view(keys).substr(entry.key_at, entry.key_size) == key) return &entry;
  }
}

void ClassificationCache::Table::add(Entry entry, std::string_view key) {
  const std::size_t mask = slots.size() - 1;
  std::size_t at = entry.hash & mask;
  while (slots[at].entry != kFree) at = (at + 1) & mask;
  slots[at] = {.hash = entry.hash, .entry = static_cast<std::uint32_t>(entries.size())};
  entry.key_at = keys.size();
  keys += key;
  entries.push_back(entry);
}

void ClassificationCache::Table::reset() {
  std::fill(slots.begin(), slots.end(), Slot{});
  entries.clear();
  keys.clear();
}

// The instrument stands first, so that forget() can compare it whatever the market.
std::uint64_t ClassificationCache::make_key(std::string_view tenant, std::string_view market,
                                            std::string_view instrument) {
  key_.assign(instrument);
  key_ += '\0';
  key_ += tenant;
  key_ += '\0';
  key_ += market;
  return std::hash<std::string_view>{}(key_);
}

const Classification* ClassificationCache::find(std::string_view tenant, std::string_view market,
                                                std::string_view instrument, Micros now) {
  const auto hash = make_key(tenant, market, instrument);
  if (const auto* entry = young_.find(hash, key_)) return entry->until > now ? entry->value : nullptr;
  auto* aged = old_.find(hash, key_);
  if (aged == nullptr || aged->until <= now) return nullptr;
  const Entry moved = *aged;
  add(moved);
  return moved.value;
}

void ClassificationCache::add(Entry entry) {
  if (young_.entries.size() >= per_generation_) {
    std::swap(young_, old_);
    young_.reset();
  }
  young_.add(entry, key_);
}

const Classification* ClassificationCache::put(std::string_view tenant, std::string_view market,
                                               std::string_view instrument, Classification classification,
                                               Micros until) {
  const auto* value = &*values_.insert(std::move(classification)).first;
  const auto hash = make_key(tenant, market, instrument);
  if (auto* known = young_.find(hash, key_)) {
    known->value = value;
    known->until = until;
    return value;
  }
  add({.key_at = 0,
       .key_size = static_cast<std::uint32_t>(key_.size()),
       .instrument_size = static_cast<std::uint32_t>(instrument.size()),
       .value = value,
       .until = until,
       .hash = hash});
  return value;
}

void ClassificationCache::forget(std::string_view tenant, std::string_view instrument) {
  std::string begin(instrument);
  begin += '\0';
  begin += tenant;
  begin += '\0';
  for (auto* table : {&young_, &old_})
    for (auto& entry : table->entries)
      if (entry.instrument_size == instrument.size() &&
          std::string_view(table->keys).substr(entry.key_at, entry.key_size).starts_with(begin))
        entry.until = std::numeric_limits<Micros>::min();
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
