// taxonomy.cpp: what an instrument is. It comes from its metadata row when there is one, else from whole
// tokens of its id.
//
// Whole tokens, because substrings made "CAISO_GENERATOR_1" a north-eastern instrument ("NE").
#include "pipeline-services/core/taxonomy.hpp"

#include <algorithm>
#include <tuple>

namespace dpctl::pipeline {
namespace {

using Kind = TaxonomyRule::Kind;

constexpr Fixed hundredths(std::int64_t value) { return {value * 1'000'000}; }
constexpr Fixed kFromDatabase = hundredths(95);
constexpr Fixed kFromMarket = hundredths(90);
constexpr Fixed kFromToken = hundredths(70);
constexpr Fixed kUnknown = hundredths(10);
constexpr Fixed kTrusted = hundredths(80);

/// Upper-case words between any of "_-:. /".
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string current;
  for (const char c : text) {
    if (std::string_view("_-:. /").find(c) == std::string_view::npos) {
      current += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
      continue;
    }
    if (!current.empty()) words.push_back(std::move(current));
    current.clear();
  }
  if (!current.empty()) words.push_back(std::move(current));
  return words;
}

bool side_by_side(const std::vector<std::string>& wanted, const std::vector<std::string>& words) {
  return std::search(words.begin(), words.end(), wanted.begin(), wanted.end()) != words.end();
}

struct Row {
  Kind kind;
  std::string_view value;
  std::vector<std::string_view> tokens;
};

std::vector<Row> default_rows() {
  return {
      {Kind::commodity,
       "electricity",
       {"MISO", "CAISO", "ERCOT", "PJM", "NYISO", "ISONE", "ISO_NE", "SPP", "IESO", "AESO", "ELEC", "POWER",
        "MW", "LMP"}},
      {Kind::commodity,
       "natural_gas",
       {"NG", "GAS", "NATURAL", "NATURAL_GAS", "HH", "HENRYHUB", "HENRY_HUB", "WAHA", "TTF", "NBP"}},
      {Kind::commodity, "lng", {"LNG", "JKM"}},
      {Kind::commodity, "crude_oil", {"CRUDE", "OIL", "CRUDE_OIL", "WTI", "BRENT"}},
      {Kind::commodity,
       "refined_products",
       {"GASOLINE", "RBOB", "DIESEL", "ULSD", "HEATING", "HEATING_OIL", "HEATINGOIL", "HO", "JET_FUEL"}},
      {Kind::commodity, "coal", {"COAL", "THERMAL"}},
      {Kind::commodity, "carbon", {"RGGI", "CCA", "EUA", "UKA", "CARBON", "ALLOWANCE"}},
      {Kind::region,
       "northeast",
       {"NYISO", "ISONE", "ISO_NE", "PJM", "NY", "NE", "NEW_ENGLAND", "RGGI", "ALGONQUIN"}},
      {Kind::region, "southeast", {"SE", "SOUTHEAST", "SOUTH", "FLORIDA"}},
      {Kind::region, "gulf", {"HH", "HENRYHUB", "HENRY_HUB", "GULF"}},
      {Kind::region, "midwest", {"MISO", "MIDWEST", "ILLINOIS", "CHICAGO"}},
      {Kind::region, "central", {"SPP"}},
      {Kind::region, "west", {"CAISO", "WEST", "CALIFORNIA", "CCA", "SOCAL", "WECC"}},
      {Kind::region, "texas", {"ERCOT", "TEXAS", "TX", "WAHA"}},
      {Kind::region, "canada", {"IESO", "AESO", "AECO", "DAWN"}},
      {Kind::region, "europe", {"EUA", "UKA", "TTF", "NBP", "BRENT"}},
      {Kind::region, "asia", {"JKM"}},
      {Kind::tier, "premium", {"BALMO", "PROMO", "PREM", "PREMIUM"}},
  };
}

}  // namespace

bool Classification::low_confidence() const { return confidence < kTrusted; }

TaxonomyRules TaxonomyRules::defaults() {
  std::vector<TaxonomyRule> rules;
  for (const auto& row : default_rows())
    for (const auto token : row.tokens)
      rules.push_back(
          {.kind = row.kind, .tenant = "", .token = std::string(token), .value = std::string(row.value)});
  return {std::move(rules), "builtin-2"};
}

TaxonomyRules::TaxonomyRules(std::vector<TaxonomyRule> rules, std::string version)
    : rules_(std::move(rules)), version_(std::move(version)) {
  for (auto& rule : rules_)
    for (char& c : rule.token)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  const auto rank = [](const TaxonomyRule& rule) {
    return std::make_tuple(rule.tenant.empty(), -static_cast<std::int64_t>(rule.token.size()), -rule.priority,
                           std::string_view(rule.token), std::string_view(rule.value));
  };
  std::sort(rules_.begin(), rules_.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (const auto& rule : rules_) words_.push_back({words_of(rule.token)});
}

Classification TaxonomyRules::classify(std::string_view tenant, std::string_view market,
                                       std::string_view instrument, const InstrumentMetadata* row) const {
  struct Found {
    const TaxonomyRule* rule = nullptr;
    Fixed confidence = kUnknown;
  };
  const auto words = words_of(instrument), market_words = words_of(market);
  const auto best = [&](Kind kind) {
    Found found;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const auto& rule = rules_[i];
      if (rule.kind != kind || words_[i].words.empty() || (!rule.tenant.empty() && rule.tenant != tenant))
        continue;
      if (words_[i].words == market_words) return Found{&rule, kFromMarket};
      if (found.rule == nullptr && side_by_side(words_[i].words, words)) found = {&rule, kFromToken};
    }
    return found;
  };
  const auto commodity = best(Kind::commodity), region = best(Kind::region), tier = best(Kind::tier);
  const auto value = [](const Found& found, std::string_view otherwise) {
    return found.rule != nullptr ? found.rule->value : std::string(otherwise);
  };
  Classification made{.commodity = value(commodity, "unknown"),
                      .region = value(region, "unknown"),
                      .tier = value(tier, "standard"),
                      .method = commodity.rule == nullptr && region.rule == nullptr ? "fallback" : "rules",
                      .unit = {},
                      .confidence = std::min(commodity.confidence, region.confidence),
                      .contract_size = {},
                      .tick_size = {}};
  if (row == nullptr) return made;
  if (!row->commodity.empty()) made.commodity = row->commodity;
  if (!row->region.empty()) made.region = row->region;
  if (!row->product_tier.empty()) made.tier = row->product_tier;
  made.unit = row->unit;
  made.contract_size = row->contract_size;
  made.tick_size = row->tick_size;
  made.method = "database";
  made.confidence = kFromDatabase;
  return made;
}

}  // namespace dpctl::pipeline
