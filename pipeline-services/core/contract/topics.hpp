#pragma once

#include <array>
#include <string>
#include <string_view>

/// Names on the wire: topics, keys, headers, event types. The one place where they are spelled; charts,
/// dashboards, migrations' tests and `pipeline topics` are rendered from here.
namespace dpctl::pipeline::contract {

/// Markets with an adapter, in lower case as in their topic names.
inline constexpr std::array<std::string_view, 7> kMarkets{"miso",  "caiso", "ercot", "pjm",
                                                          "nyiso", "isone", "spp"};

inline constexpr std::array<std::string_view, 7> kRawTopics{
    "ingestion.miso.raw.v1",  "ingestion.caiso.raw.v1", "ingestion.ercot.raw.v1", "ingestion.pjm.raw.v1",
    "ingestion.nyiso.raw.v1", "ingestion.isone.raw.v1", "ingestion.spp.raw.v1"};
inline constexpr std::string_view kNormalizedTopic = "normalized.market.ticks.v1";
inline constexpr std::string_view kEnrichedTopic = "enriched.market.ticks.v1";
inline constexpr std::string_view kBarsTopic = "aggregation.bars.v1";
/// Rolling statistics, spreads and basis; keyed by "tenant|name".
inline constexpr std::string_view kDerivedTopic = "aggregation.derived.v1";
/// Bars that are legs of spreads, keyed by "tenant|spread", so that the legs of one spread meet; written and
/// read by the aggregation only.
inline constexpr std::string_view kLegsTopic = "aggregation.legs.v1";
/// Forward curves, the newest of each "tenant|curve|shape".
inline constexpr std::string_view kCurvesTopic = "aggregation.curves.v1";
inline constexpr std::string_view kProjectionTopic = "projection.updates.v1";
/// Snapshots of the aggregation's open windows, one partition, written and read by that service only.
inline constexpr std::string_view kAggregationState = "aggregation.state.v1";
/// Consumer groups are "<stage>-<env>".
inline constexpr std::array<std::string_view, 4> kStages{"normalization", "enrichment", "aggregation",
                                                         "projection"};
/// How far a stage has come, written in the transactions that commit its offsets and read by that stage only;
/// in the order of kStages.
inline constexpr std::array<std::string_view, kStages.size()> kPositionsTopics{
    "processing.positions.normalization.v1", "processing.positions.enrichment.v1",
    "processing.positions.aggregation.v1", "processing.positions.projection.v1"};
inline constexpr std::string_view kNormalizationDeadLetters = "processing.deadletter.normalization.v1";
inline constexpr std::string_view kEnrichmentDeadLetters = "processing.deadletter.enrichment.v1";
inline constexpr std::string_view kAggregationDeadLetters = "processing.deadletter.aggregation.v1";
inline constexpr std::string_view kProjectionDeadLetters = "processing.deadletter.projection.v1";

/// "ingestion.<market>.raw.v1"; `market` in any case.
std::string raw_topic(std::string_view market);
/// Of one of kStages.
std::string_view positions_topic(std::string_view stage);

struct Topic {
  std::string_view name;
  bool compacted;      ///< cleanup.policy=compact instead of delete
  int retention_days;  ///< 0 when compacted
  /// One partition, which keeps the order across keys: of dead letters for a person who reads them, of a
  /// compacted topic for the service that reads all of it when it starts.
  bool single;
};

/// Every topic of the pipeline; `pipeline topics apply` creates what is missing.
inline constexpr auto kTopics = std::to_array<Topic>({
    {kRawTopics[0], false, 7, false},
    {kRawTopics[1], false, 7, false},
    {kRawTopics[2], false, 7, false},
    {kRawTopics[3], false, 7, false},
    {kRawTopics[4], false, 7, false},
    {kRawTopics[5], false, 7, false},
    {kRawTopics[6], false, 7, false},
    {kNormalizedTopic, false, 7, false},
    {kEnrichedTopic, false, 7, false},
    {kBarsTopic, false, 7, false},
    {kDerivedTopic, false, 7, false},
    {kLegsTopic, false, 7, false},
    {kCurvesTopic, true, 0, false},
    {kProjectionTopic, true, 0, false},
    {kAggregationState, true, 0, true},
    {kPositionsTopics[0], true, 0, true},
    {kPositionsTopics[1], true, 0, true},
    {kPositionsTopics[2], true, 0, true},
    {kPositionsTopics[3], true, 0, true},
    {kNormalizationDeadLetters, false, 30, true},
    {kEnrichmentDeadLetters, false, 30, true},
    {kAggregationDeadLetters, false, 30, true},
    {kProjectionDeadLetters, false, 30, true},
});

/// Event types in envelopes.
inline constexpr std::string_view kRawEvent = "ingestion.market.raw.v1";
inline constexpr std::string_view kNormalizedEvent = "normalized.market.ticks.v1";
inline constexpr std::string_view kEnrichedEvent = "enriched.market.ticks.v1";
inline constexpr std::string_view kBarEvent = "aggregation.bars.v1";
inline constexpr std::string_view kDerivedEvent = "aggregation.derived.v1";
inline constexpr std::string_view kCurveEvent = "aggregation.curves.v1";
inline constexpr std::string_view kProjectionEvent = "projection.updates.v1";
inline constexpr std::string_view kDeadLetterEvent = "processing.deadletter.v1";

/// Version of the payloads written by this code ("additive only" within a major version).
inline constexpr std::string_view kSchemaVersion = "1.1.0";

/// Kafka headers, all optional on input and UTF-8 text.
inline constexpr std::string_view kHeaderCorrelation = "correlation_id";
inline constexpr std::string_view kHeaderTenant = "tenant_id";
inline constexpr std::string_view kHeaderSchema = "schema_version";
inline constexpr std::string_view kHeaderRetryCount = "retry_count";

}  // namespace dpctl::pipeline::contract
