// enrich.cpp: stage 2. A tick gets what is known of its instrument; what is known is remembered, so that a
// warm batch looks nothing up.
#include "pipeline-services/core/enrich.hpp"

#include <algorithm>

#include "pipeline-services/core/classification_cache.hpp"
#include "pipeline-services/core/codec.hpp"

namespace dpctl::pipeline {

struct Enricher::State {
  explicit State(std::size_t cached) : cache(cached) {}
  Decoder decoder;
  ClassificationCache cache;
  std::vector<InstrumentKey> keys;
  std::vector<const Classification*>
      found;  ///< of the tick at the same place in the batch; nullptr: to be looked up
  std::vector<UnknownInstrument> unknown;
  std::size_t begun = 0;  ///< the first tick of this batch in the output
  Micros now = 0;
  const TaxonomyRules* rules = nullptr;
  std::string rules_version, message_key;
  std::uint64_t catalog_changes = 0;
};

Enricher::Enricher(std::size_t cached) : state_(std::make_unique<State>(cached)) {}
Enricher::~Enricher() = default;
Enricher::Enricher(Enricher&&) noexcept = default;
Enricher& Enricher::operator=(Enricher&&) noexcept = default;

const std::vector<UnknownInstrument>& Enricher::begin(std::span<const SourceMessage> messages,
                                                      const TaxonomyRules& rules, Micros now,
                                                      EnrichOutput& out) {
  auto& state = *state_;
  state.cache.trim();
  state.rules = &rules;
  if (state.rules_version != rules.version()) {
    state.cache.clear();
    state.rules_version = rules.version();
  }
  state.keys.clear();
  state.found.clear();
  state.unknown.clear();
  state.begun = out.batch.ticks.size();
  state.now = now;
  for (const auto& message : messages) {
    ++out.counts.in;
    auto normalized = state.decoder.normalized(message.value, out.batch.arena);
    if (!normalized) {
      out.dead.add(message, "enrichment", {fault::kContract, "invalid_tick", normalized.error().what}, now);
      ++out.counts.dead;
      continue;
    }
    EnrichedTick tick;
    static_cast<Tick&>(tick) = *normalized;
    tick.offset = message.offset;
    out.batch.ticks.push_back(tick);
    state.keys.push_back({tick.tenant, tick.market, tick.instrument_id});
  }
  state.cache.find(state.keys, now, state.found);
  for (std::size_t i = 0; i < state.found.size(); ++i)
    if (state.found[i] == nullptr) state.unknown.push_back({state.keys[i].tenant, state.keys[i].instrument});
  std::sort(state.unknown.begin(), state.unknown.end());
  state.unknown.erase(std::unique(state.unknown.begin(), state.unknown.end()), state.unknown.end());
  return state.unknown;
}

void Enricher::finish(const MetadataRows& rows, Lifetimes until, EnrichOutput& out) {
  auto& state = *state_;
  auto& arena = out.batch.arena;
  const auto& rules = *state.rules;
  const auto version = arena.keep(rules.version());
  for (std::size_t i = 0; i < state.found.size(); ++i) {
    auto& tick = out.batch.ticks[state.begun + i];
    const auto* found = state.found[i];
    const auto& key = state.keys[i];
    if (found == nullptr) found = state.cache.find(key, state.now);
    if (found == nullptr) {
      const auto* row = rows.find(tick.tenant, tick.instrument_id);
      found = state.cache.put(key, rules.classify(tick.tenant, tick.market, tick.instrument_id, row),
                              row != nullptr ? until.known : until.unknown);
    }
    tick.commodity = arena.keep(found->commodity);
    tick.region = arena.keep(found->region);
    tick.product_tier = arena.keep(found->tier);
    tick.method = found->method;
    tick.rules_version = version;
    tick.confidence = found->confidence;
    tick.low_confidence = found->low_confidence();
    tick.contract_size = found->contract_size;
    tick.tick_size = found->tick_size;
    if (!found->unit.empty() && (tick.quality & quality::kUnitAssumed) != 0)
      tick.unit = arena.keep(found->unit);
    ++out.counts.out;
    if (tick.quality != 0) ++out.counts.flagged;
    if (tick.low_confidence) ++out.counts.low_confidence;
    state.message_key.assign(tick.tenant);
    state.message_key += '|';
    state.message_key += tick.instrument_id;
    out.messages.add_bounded(state.message_key, most_bytes(tick),
                             [&](char* at) { return write_enriched(at, tick); });
  }
}

void Enricher::run(std::span<const SourceMessage> messages, const Catalog& catalog, Micros now,
                   EnrichOutput& out) {
  if (state_->catalog_changes != catalog.changes()) {
    state_->cache.clear();
    state_->catalog_changes = catalog.changes();
  }
  begin(messages, catalog.rules(), now, out);
  finish(catalog.rows(), {}, out);
}

void Enricher::forget(std::string_view tenant, std::string_view instrument) {
  state_->cache.forget(tenant, instrument);
}
void Enricher::forget_all() { state_->cache.clear(); }
std::size_t Enricher::cached() const { return state_->cache.size(); }

}  // namespace dpctl::pipeline
