#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/message.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

/// A row of taxonomy_instruments. Empty text = not known.
struct InstrumentMetadata {
  std::string commodity, region, product_tier, unit;
  std::optional<Fixed> contract_size, tick_size;
};

/// A row of taxonomy_commodity_rules or taxonomy_region_rules: one whole token of an instrument id or market.
struct TaxonomyRule {
  enum class Kind : std::uint8_t { commodity, region, tier };
  Kind kind = Kind::commodity;
  std::string tenant;  ///< empty: for every tenant; a tenant's own rule goes before a global one
  std::string token;   ///< compared without case
  std::string value;
  int priority = 0;  ///< higher first
};

/// A snapshot of what enrichment looks up. Immutable while a batch runs; services swap in a newer one.
class Catalog {
 public:
  /// Built-in rules for power, gas, oil, coal and carbon.
  static Catalog with_defaults();

  /// Adds or replaces the metadata of (tenant, instrument).
  void put(std::string_view tenant, std::string_view instrument, InstrumentMetadata metadata);
  /// Replaces all rules; the version goes into each tick.
  void set_rules(std::vector<TaxonomyRule> rules, std::string version);

  /// nullptr when unknown.
  [[nodiscard]] const InstrumentMetadata* find(std::string_view tenant, std::string_view instrument) const;
  [[nodiscard]] const std::vector<TaxonomyRule>& rules() const { return rules_; }
  [[nodiscard]] const std::string& rules_version() const { return version_; }

 private:
  std::map<std::string, InstrumentMetadata, std::less<>> metadata_;  ///< by "tenant|instrument"
  std::vector<TaxonomyRule> rules_;                                  ///< best first
  std::string version_;
};

/// (tenant, instrument) pairs of a batch of normalised messages, so that a service can fetch what its catalog
/// lacks in one query. Bad messages are ignored here.
std::vector<std::pair<std::string, std::string>> instruments_of(std::span<const SourceMessage> messages);

struct EnrichCounts {
  std::uint64_t in = 0, out = 0, flagged = 0, low_confidence = 0, dead = 0;
};

struct EnrichOutput {
  EnrichedBatch batch;   ///< rows for enriched_ticks
  OutMessages messages;  ///< for the enriched topic; key "tenant|instrument_id"
  DeadLetters dead;
  EnrichCounts counts;
  void clear() {
    batch.clear();
    messages.clear();
    dead.clear();
    counts = {};
  }
};

/// Stage 2. Stateless but for a cache of classifications; the same input and rules version give the same
/// output.
class Enricher {
 public:
  Enricher();
  ~Enricher();
  Enricher(Enricher&&) noexcept;
  Enricher& operator=(Enricher&&) noexcept;
  void run(std::span<const SourceMessage> messages, const Catalog& catalog, Micros now, EnrichOutput& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::pipeline
