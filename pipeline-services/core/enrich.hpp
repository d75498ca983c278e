#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/message.hpp"
#include "pipeline-services/core/taxonomy.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

/// Rules and rows that are known as a whole: what the embedded mode looks up.
class Catalog {
 public:
  static Catalog with_defaults() { return Catalog(TaxonomyRules::defaults()); }
  explicit Catalog(TaxonomyRules rules) : rules_(std::move(rules)) {}

  /// Adds or replaces the metadata of (tenant, instrument).
  void put(std::string_view tenant, std::string_view instrument, InstrumentMetadata metadata) {
    rows_.put(tenant, instrument, std::move(metadata));
    ++changes_;
  }
  void set_rules(TaxonomyRules rules) {
    rules_ = std::move(rules);
    ++changes_;
  }
  [[nodiscard]] const TaxonomyRules& rules() const { return rules_; }
  [[nodiscard]] const MetadataRows& rows() const { return rows_; }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  TaxonomyRules rules_;
  MetadataRows rows_;
  std::uint64_t changes_ = 0;
};

/// An instrument that is not in the cache. Views into the batch.
struct UnknownInstrument {
  std::string_view tenant, instrument;
  friend auto operator<=>(const UnknownInstrument&, const UnknownInstrument&) = default;
};

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

/// Stage 2. A batch takes two calls, so that between them the rows of instruments that are not known yet can
/// be fetched in one query; when there are none, there is nothing to fetch. The same input, rows and rules
/// version give the same output.
class Enricher {
 public:
  /// `cached`: classifications that are kept at most.
  explicit Enricher(std::size_t cached = 400'000);
  ~Enricher();
  Enricher(Enricher&&) noexcept;
  Enricher& operator=(Enricher&&) noexcept;

  /// Reads the batch; returns what has to be looked up, sorted, each once. `rules` must live until finish();
  /// other rules than last time make everything unknown.
  const std::vector<UnknownInstrument>& begin(std::span<const SourceMessage> messages,
                                              const TaxonomyRules& rules, Micros now, EnrichOutput& out);
  struct Lifetimes {
    Micros known = std::numeric_limits<Micros>::max();  ///< until which instruments with a row are remembered
    Micros unknown = std::numeric_limits<Micros>::max();  ///< and those without
  };
  /// Completes the batch with the rows that were found.
  void finish(const MetadataRows& rows, Lifetimes until, EnrichOutput& out);

  /// Both at once, from a catalog.
  void run(std::span<const SourceMessage> messages, const Catalog& catalog, Micros now, EnrichOutput& out);

  void forget(std::string_view tenant, std::string_view instrument);
  void forget_all();
  [[nodiscard]] std::size_t cached() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::pipeline
