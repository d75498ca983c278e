// enrich.cpp: stage 2. What an instrument is comes from its metadata row when there is one, else from whole
// tokens of its id.
//
// Whole tokens, because substrings made "CAISO_GENERATOR_1" a north-eastern instrument ("NE"). The market's
// own token goes first, so that NYISO's zone WEST stays in the north-east.
#include "pipeline-services/core/enrich.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "pipeline-services/core/codec.hpp"

namespace dpctl::pipeline {
namespace {

using Kind = TaxonomyRule::Kind;

constexpr Fixed hundredths(std::int64_t value) { return {value * 1'000'000}; }
constexpr Fixed kFromDatabase = hundredths(95);
constexpr Fixed kFromMarket = hundredths(90);
constexpr Fixed kFromToken = hundredths(70);
constexpr Fixed kUnknown = hundredths(10);
constexpr Fixed kTrusted = hundredths(80);

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  std::string current;
  for (const char c : text) {
    if (std::string_view("_-:. /").find(c) == std::string_view::npos) {
      current += c;
      continue;
    }
    if (!current.empty()) tokens.push_back(upper(current));
    current.clear();
  }
  if (!current.empty()) tokens.push_back(upper(current));
  return tokens;
}

struct Found {
  std::string value;
  Fixed confidence = kUnknown;
};

Found classify(Kind kind, const std::vector<TaxonomyRule>& rules, std::string_view tenant,
               std::string_view market, const std::vector<std::string>& tokens) {
  const std::string market_token = upper(market);
  const TaxonomyRule* by_token = nullptr;
  for (const auto& rule : rules) {
    if (rule.kind != kind || (!rule.tenant.empty() && rule.tenant != tenant)) continue;
    if (rule.token == market_token) return {rule.value, kFromMarket};
    if (by_token == nullptr && std::find(tokens.begin(), tokens.end(), rule.token) != tokens.end())
      by_token = &rule;
  }
  return by_token != nullptr ? Found{by_token->value, kFromToken} : Found{};
}

struct Classification {
  std::string commodity, region, tier, method, unit;
  Fixed confidence;
  std::optional<Fixed> contract_size, tick_size;
};

Classification classify(const Catalog& catalog, const Tick& tick) {
  const auto tokens = tokens_of(tick.instrument_id);
  const auto find = [&](Kind kind) {
    return classify(kind, catalog.rules(), tick.tenant, tick.market, tokens);
  };
  const auto commodity = find(Kind::commodity);
  const auto region = find(Kind::region);
  const auto tier = find(Kind::tier);
  Classification made;
  made.commodity = commodity.value.empty() ? "unknown" : commodity.value;
  made.region = region.value.empty() ? "unknown" : region.value;
  made.tier = tier.value.empty() ? "standard" : tier.value;
  made.confidence = std::min(commodity.confidence, region.confidence);
  made.method = commodity.value.empty() && region.value.empty() ? "fallback" : "rules";
  if (const auto* row = catalog.find(tick.tenant, tick.instrument_id)) {
    if (!row->commodity.empty()) made.commodity = row->commodity;
    if (!row->region.empty()) made.region = row->region;
    if (!row->product_tier.empty()) made.tier = row->product_tier;
    made.unit = row->unit;
    made.contract_size = row->contract_size;
    made.tick_size = row->tick_size;
    made.method = "database";
    made.confidence = kFromDatabase;
  }
  return made;
}

std::vector<TaxonomyRule> default_rules() {
  struct Row {
    Kind kind;
    std::string_view value;
    std::vector<std::string_view> tokens;
  };
  const std::vector<Row> rows{
      {Kind::commodity,
       "electricity",
       {"MISO", "CAISO", "ERCOT", "PJM", "NYISO", "ISONE", "SPP", "IESO", "AESO", "ELEC", "POWER", "MW"}},
      {Kind::commodity, "natural_gas", {"NG", "GAS", "NATURAL", "HH", "HENRYHUB"}},
      {Kind::commodity, "lng", {"LNG", "JKM"}},
      {Kind::commodity, "crude_oil", {"CRUDE", "OIL", "WTI", "BRENT"}},
      {Kind::commodity, "refined_products", {"GASOLINE", "RBOB", "DIESEL", "ULSD", "HEATING", "HO"}},
      {Kind::commodity, "coal", {"COAL", "THERMAL"}},
      {Kind::commodity, "carbon", {"RGGI", "CCA", "EUA", "CARBON", "ALLOWANCE"}},
      {Kind::region, "northeast", {"NYISO", "ISONE", "PJM", "NY", "NE", "RGGI"}},
      {Kind::region, "southeast", {"SE", "SOUTHEAST", "SOUTH", "FLORIDA"}},
      {Kind::region, "midwest", {"MISO", "MIDWEST", "ILLINOIS"}},
      {Kind::region, "central", {"SPP"}},
      {Kind::region, "west", {"CAISO", "WEST", "CALIFORNIA", "CCA"}},
      {Kind::region, "texas", {"ERCOT", "TEXAS", "TX"}},
      {Kind::region, "canada", {"IESO", "AESO"}},
      {Kind::tier, "premium", {"BALMO", "PROMO", "PREM", "PREMIUM"}},
  };
  std::vector<TaxonomyRule> rules;
  for (const auto& row : rows)
    for (const auto token : row.tokens)
      rules.push_back(
          {.kind = row.kind, .tenant = "", .token = std::string(token), .value = std::string(row.value)});
  return rules;
}

}  // namespace

Catalog Catalog::with_defaults() {
  Catalog catalog;
  catalog.set_rules(default_rules(), "builtin-1");
  return catalog;
}

void Catalog::put(std::string_view tenant, std::string_view instrument, InstrumentMetadata metadata) {
  metadata_.insert_or_assign(std::string(tenant) + "|" + std::string(instrument), std::move(metadata));
}

void Catalog::set_rules(std::vector<TaxonomyRule> rules, std::string version) {
  for (auto& rule : rules) rule.token = upper(rule.token);
  // A tenant's own rule first, then the longest token, then the declared priority, then the name: a total
  // order.
  const auto rank = [](const TaxonomyRule& rule) {
    return std::make_tuple(rule.tenant.empty(), -static_cast<std::int64_t>(rule.token.size()), -rule.priority,
                           std::string_view(rule.token), std::string_view(rule.value));
  };
  std::sort(rules.begin(), rules.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  rules_ = std::move(rules);
  version_ = std::move(version);
}

const InstrumentMetadata* Catalog::find(std::string_view tenant, std::string_view instrument) const {
  const auto found = metadata_.find(std::string(tenant) + "|" + std::string(instrument));
  return found == metadata_.end() ? nullptr : &found->second;
}

std::vector<std::pair<std::string, std::string>> instruments_of(std::span<const SourceMessage> messages) {
  Decoder decoder;
  Arena arena;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& message : messages)
    if (const auto tick = decoder.normalized(message.value, arena))
      pairs.emplace_back(tick->tenant, tick->instrument_id);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

struct Enricher::State {
  static constexpr std::size_t kCacheLimit = 200'000;
  Decoder decoder;
  std::unordered_map<std::string, Classification> cache;  ///< by "tenant|market|instrument", of one catalog
  std::string key;

  const Classification& of(const Catalog& catalog, const Tick& tick) {
    key.assign(tick.tenant);
    key += '|';
    key += tick.market;
    key += '|';
    key += tick.instrument_id;
    if (cache.size() >= kCacheLimit) cache.clear();
    const auto [found, fresh] = cache.try_emplace(key);
    if (fresh) found->second = classify(catalog, tick);
    return found->second;
  }
};

Enricher::Enricher() : state_(std::make_unique<State>()) {}
Enricher::~Enricher() = default;
Enricher::Enricher(Enricher&&) noexcept = default;
Enricher& Enricher::operator=(Enricher&&) noexcept = default;

void Enricher::run(std::span<const SourceMessage> messages, const Catalog& catalog, Micros now,
                   EnrichOutput& out) {
  // The catalog may have been swapped or changed since the last batch; within one batch it stands still.
  state_->cache.clear();
  std::string message_key;
  for (const auto& message : messages) {
    ++out.counts.in;
    auto normalized = state_->decoder.normalized(message.value, out.batch.arena);
    if (!normalized) {
      out.dead.add(message, "enrichment", {fault::kContract, "invalid_tick", normalized.error().what}, now);
      ++out.counts.dead;
      continue;
    }
    EnrichedTick tick;
    static_cast<Tick&>(tick) = *normalized;
    const Classification& found = state_->of(catalog, tick);
    Arena& arena = out.batch.arena;
    tick.commodity = arena.keep(found.commodity);
    tick.region = arena.keep(found.region);
    tick.product_tier = arena.keep(found.tier);
    tick.method = arena.keep(found.method);
    tick.rules_version = arena.keep(catalog.rules_version());
    tick.confidence = found.confidence;
    tick.low_confidence = found.confidence < kTrusted;
    tick.contract_size = found.contract_size;
    tick.tick_size = found.tick_size;
    if (!found.unit.empty() && (tick.quality & quality::kUnitAssumed) != 0)
      tick.unit = arena.keep(found.unit);
    ++out.counts.out;
    if (tick.quality != 0) ++out.counts.flagged;
    if (tick.low_confidence) ++out.counts.low_confidence;
    message_key.assign(tick.tenant);
    message_key += '|';
    message_key += tick.instrument_id;
    out.messages.add(message_key, [&](std::string& bytes) { append_enriched(bytes, tick); });
    out.batch.ticks.push_back(tick);
  }
}

}  // namespace dpctl::pipeline
