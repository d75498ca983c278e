#pragma once

#include <atomic>

#include "pipeline-services/enrichment/metadata_source.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {

/// The taxonomy as the loop uses it: rules, and rows of instruments for those that are not remembered.
/// Changes are heard from PostgreSQL; the settings' times bound how long one that was not heard can be
/// missed. Its members are for the loop's thread but where they say otherwise.
class LiveTaxonomy {
 public:
  LiveTaxonomy(const Settings& settings, Metrics& metrics, const Log& log);
  /// Begins to listen.
  void start();

  /// Before a batch: what was heard is forgotten by `enricher`, and rules whose time is over are read again.
  void refresh(pipeline::Enricher& enricher);
  [[nodiscard]] const pipeline::TaxonomyRules& rules() const { return *rules_; }
  /// The rows of these instruments. When no store answers there are none, and what depends on them is
  /// remembered for a few seconds only.
  const pipeline::MetadataRows& fetch(const std::vector<pipeline::UnknownInstrument>& unknown);
  [[nodiscard]] pipeline::Enricher::Lifetimes lifetimes(pipeline::Micros now) const;

  /// What the HTTP surface asks; from any thread.
  [[nodiscard]] std::shared_ptr<const pipeline::TaxonomyRules> shared_rules() const;
  Result<pipeline::Classification> classify(const std::string& tenant, const std::string& market,
                                            const std::string& instrument);
  void forget_everything();
  [[nodiscard]] bool hears_changes() const { return listening_; }
  [[nodiscard]] bool connected() const { return connected_; }
  Result<void> ping() { return source_.ping(); }

 private:
  using Clock = std::chrono::steady_clock;
  void heard(std::string_view payload);
  void read_rules();
  void complain(const Error& error);

  std::string listen_dsn_;
  bool connected_;
  std::chrono::seconds rules_ttl_, instrument_ttl_;
  Metrics& metrics_;
  const Log& log_;
  MetadataSource source_;
  pipeline::MetadataRows rows_;
  bool fetched_ = true;
  Clock::time_point rules_until_{}, silent_until_{};

  mutable std::mutex mutex_;  // guards what follows, up to the listener
  std::shared_ptr<const pipeline::TaxonomyRules> rules_;
  std::vector<MetadataSource::Wanted> changed_;
  bool rules_changed_ = false, all_changed_ = false;
  std::atomic<bool> listening_{false};
  std::unique_ptr<io::PostgresListener> listener_;
};

}  // namespace dpctl::runtime
