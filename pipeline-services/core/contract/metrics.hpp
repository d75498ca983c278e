#pragma once

#include <string_view>

/// Names of everything that a service exports. Alerts and dashboards may use these and no others.
namespace dpctl::pipeline::contract::metric {

inline constexpr std::string_view kInfo = "data_proc_info";                           ///< 1, label version
inline constexpr std::string_view kConsumed = "data_proc_messages_consumed_total";    ///< label topic
inline constexpr std::string_view kProcessed = "data_proc_messages_processed_total";  ///< what left the stage
inline constexpr std::string_view kProduced = "data_proc_messages_produced_total";  ///< acknowledged by Kafka
inline constexpr std::string_view kRows = "data_proc_rows_written_total";           ///< label table
inline constexpr std::string_view kFlagged = "data_proc_ticks_flagged_total";
inline constexpr std::string_view kDuplicates = "data_proc_duplicates_total";
inline constexpr std::string_view kCorrections = "data_proc_corrections_total";
inline constexpr std::string_view kDeadLetters = "data_proc_dead_letters_total";  ///< label code
inline constexpr std::string_view kBars = "data_proc_bars_total";                 ///< label interval
inline constexpr std::string_view kBarRevisions = "data_proc_bar_revisions_total";
inline constexpr std::string_view kLate = "data_proc_late_ticks_total";
inline constexpr std::string_view kTooLate = "data_proc_too_late_ticks_total";
inline constexpr std::string_view kOpenWindows = "data_proc_open_windows";
inline constexpr std::string_view kWatermarkLag = "data_proc_watermark_lag_seconds";
inline constexpr std::string_view kLag = "data_proc_consumer_lag_messages";  ///< labels topic, partition
inline constexpr std::string_view kLagSeconds =
    "data_proc_consumer_lag_seconds";  ///< age of the last record read, 0 at the end; labels topic, partition
inline constexpr std::string_view kCommitSeconds = "data_proc_commit_seconds";  ///< of offsets and outputs
inline constexpr std::string_view kAborts = "data_proc_transactions_aborted_total";
inline constexpr std::string_view kSpans = "data_proc_trace_spans_total";    ///< label result: sent, dropped
inline constexpr std::string_view kSinkBatch = "data_proc_sink_batch_rows";  ///< label sink
inline constexpr std::string_view kBatch = "data_proc_batch_size";
inline constexpr std::string_view kProcessing = "data_proc_processing_seconds";
inline constexpr std::string_view kSinkSeconds = "data_proc_sink_seconds";      ///< label sink
inline constexpr std::string_view kSinkErrors = "data_proc_sink_errors_total";  ///< label sink
inline constexpr std::string_view kEndToEnd =
    "data_proc_end_to_end_seconds";  ///< record's arrival in Kafka → stored
inline constexpr std::string_view kHealthy = "data_proc_health_status";         ///< label check
inline constexpr std::string_view kRequests = "data_proc_http_requests_total";  ///< labels endpoint, status
inline constexpr std::string_view kRequestSeconds = "data_proc_http_request_seconds";  ///< label endpoint
inline constexpr std::string_view kCacheHits = "data_proc_cache_requests_total";  ///< labels cache, result
inline constexpr std::string_view kLookups =
    "data_proc_taxonomy_lookups_total";  ///< round trips, label store
inline constexpr std::string_view kRateLimited =
    "data_proc_rate_limited_total";  ///< requests answered with 429
inline constexpr std::string_view kRateLimitOpen =
    "data_proc_rate_limit_open_total";  ///< passed because Redis did not answer
inline constexpr std::string_view kWebSockets = "data_proc_websocket_connections";
inline constexpr std::string_view kWebSocketDropped = "data_proc_websocket_dropped_total";  ///< too slow

}  // namespace dpctl::pipeline::contract::metric
