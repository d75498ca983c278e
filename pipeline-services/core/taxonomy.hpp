#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline-services/core/fixed.hpp"

namespace dpctl::pipeline {

/// A row of taxonomy_instruments. Empty text = not known.
struct InstrumentMetadata {
  std::string commodity, region, product_tier, unit;
  std::optional<Fixed> contract_size, tick_size;
};

/// A row of taxonomy_commodity_rules or taxonomy_region_rules: one or more whole tokens, in their order, of
/// an instrument's id, or its market.
struct TaxonomyRule {
  enum class Kind : std::uint8_t { commodity, region, tier };
  Kind kind = Kind::commodity;
  std::string tenant;  ///< empty: for every tenant; a tenant's own rule goes before a global one
  std::string token;   ///< compared without case; "HEATING_OIL" is two tokens side by side
  std::string value;
  int priority = 0;  ///< of rules of equal length the higher first
};

/// What is known of an instrument.
struct Classification {
  std::string commodity, region, tier;
  std::string_view method;  ///< "database", "rules", "fallback"
  std::string unit;         ///< empty: not known
  Fixed confidence;         ///< 0..1
  std::optional<Fixed> contract_size, tick_size;
  [[nodiscard]] bool low_confidence() const;
};

/// An ordered set of rules. The same input and version give the same classification.
class TaxonomyRules {
 public:
  /// Built-in rules for power, gas, LNG, oil, refined products, coal and carbon.
  static TaxonomyRules defaults();
  /// The order is total: a tenant's own rule, then the longest, then the higher priority, then the token,
  /// then the value.
  TaxonomyRules(std::vector<TaxonomyRule> rules, std::string version);

  [[nodiscard]] const std::vector<TaxonomyRule>& rules() const { return rules_; }
  [[nodiscard]] const std::string& version() const { return version_; }
  /// `row`: nullptr when the instrument has none; what it says goes before the rules. The market's own token
  /// goes before those of the id, so that NYISO's zone WEST stays in the north-east.
  [[nodiscard]] Classification classify(std::string_view tenant, std::string_view market,
                                        std::string_view instrument, const InstrumentMetadata* row) const;

 private:
  struct Words {
    std::vector<std::string> words;
  };
  std::vector<TaxonomyRule> rules_;
  std::vector<Words> words_;  ///< of the rule at the same place
  std::string version_;
};

/// Rows by tenant and instrument.
class MetadataRows {
 public:
  void put(std::string_view tenant, std::string_view instrument, InstrumentMetadata row) {
    rows_.insert_or_assign(key(tenant, instrument), std::move(row));
  }
  [[nodiscard]] const InstrumentMetadata* find(std::string_view tenant, std::string_view instrument) const {
    const auto found = rows_.find(key(tenant, instrument));
    return found == rows_.end() ? nullptr : &found->second;
  }
  void clear() { rows_.clear(); }

 private:
  static std::string key(std::string_view tenant, std::string_view instrument) {
    std::string text(tenant);
    text += '\0';
    text += instrument;
    return text;
  }
  std::unordered_map<std::string, InstrumentMetadata> rows_;
};

}  // namespace dpctl::pipeline
