#include <algorithm>
#include <bit>
#include <utility>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/quality.hpp"
#include "pipeline-services/core/contract/settings.hpp"
#include "pipeline-services/core/contract/topics.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::array<std::pair<quality::Mask, std::string_view>, 13> kNames{{
    {quality::kPriceNegative, "price_negative"},
    {quality::kOutOfRange, "out_of_range"},
    {quality::kVolumeSpike, "volume_spike"},
    {quality::kLateArrival, "late_arrival"},
    {quality::kMissingMetadata, "missing_metadata"},
    {quality::kDuplicate, "duplicate"},
    {quality::kPriceSpike, "price_spike"},
    {quality::kCarryForward, "stale_carry_forward"},
    {quality::kComponentMismatch, "component_mismatch"},
    {quality::kCorrected, "corrected"},
    {quality::kPreliminary, "preliminary"},
    {quality::kFutureTimestamp, "future_timestamp"},
    {quality::kUnitAssumed, "currency_or_unit_assumed"},
}};

using contract::Setting;
constexpr std::array kSettings{
    Setting{"ENV", "local",
            "environment: local, dev, staging, prod or production; part of the consumer groups' names"},
    Setting{"TENANT_ID", "default", "tenant of messages that name none"},
    Setting{"LOG_LEVEL", "info", "debug, info, warn or error"},
    Setting{"HEALTH_PORT", "8080", "port of health, metrics and the service's API"},
    Setting{"METRICS_PORT", "9090", "port of /metrics alone"},
    Setting{"INTERNAL_API_PORT", "8085", "port of the projection API"},
    Setting{"KAFKA_BOOTSTRAP", "localhost:9092", "brokers, host:port with commas"},
    Setting{"KAFKA_PARTITIONS", "12", "partitions of each topic when it is created"},
    Setting{"KAFKA_REPLICATION", "1", "replicas of each topic when it is created"},
    Setting{"KAFKA_AUTO_OFFSET_RESET", "earliest",
            "where a group without offsets begins: earliest or latest"},
    Setting{"KAFKA_FETCH_MIN_BYTES", "1", "a broker answers a fetch when it has this many bytes"},
    Setting{"KAFKA_FETCH_MAX_WAIT_MS", "50",
            "or after this many milliseconds: added to each hop's latency at low rates"},
    Setting{"KAFKA_SESSION_TIMEOUT_MS", "30000", "a member that is silent for longer leaves its group"},
    Setting{"KAFKA_HEARTBEAT_INTERVAL_MS", "3000", "time between heartbeats"},
    Setting{"KAFKA_GROUP_INSTANCE_ID", "",
            "name of this replica, kept over a restart; the host's name when empty. A second process of the "
            "name shuts the first out"},
    Setting{
        "DELIVERY", "exactly-once",
        "exactly-once: outputs and offsets in one Kafka transaction; at-least-once: offsets after outputs"},
    Setting{"COMMIT_INTERVAL_MS", "20",
            "time between commits to Kafka; adds half of it to each hop's latency with exactly-once"},
    Setting{"COMMIT_RECORDS", "10000", "records after which a commit does not wait for its time"},
    Setting{"TRANSACTION_TIMEOUT_MS", "15000",
            "a transaction of a process that died is ended after this; readers wait so long at most"},
    Setting{"GROUP_SUFFIX", "", "appended to the consumer group's name: a shadow reads apart from the live one"},
    Setting{"INPUT_SUFFIX", "", "appended to the topics read; not to the raw topics"},
    Setting{"OUTPUT_SUFFIX", "",
            "appended to topics, tables and Redis keys that are written; in table names '.' and '-' become '_'"},
    Setting{"ADMIN_TOKEN", "", "bearer token of POST /drain and POST /resume; they are off without one", true},
    Setting{"SETTINGS_FILE", "",
            "file of NAME=value lines that go before the environment; read again when it changes and on SIGHUP"},
    Setting{"OTLP_ENDPOINT", "", "http://collector:4318; spans are sent to /v1/traces below it; off when empty"},
    Setting{"TRACE_SAMPLE", "0",
            "begins a trace for one in so many messages that carry none; 0: only what carries one is traced"},
    Setting{"CLICKHOUSE_URL", "http://localhost:8123", "HTTP interface"},
    Setting{"CLICKHOUSE_USER", "default", "user"},
    Setting{"CLICKHOUSE_PASSWORD", "", "password", true},
    Setting{"CLICKHOUSE_DATABASE", "data_processing", "database of the tables"},
    Setting{"CLICKHOUSE_POOL_MIN", "5", "connections kept open"},
    Setting{"CLICKHOUSE_POOL_MAX", "20", "connections at most"},
    Setting{"POSTGRES_DSN", "", "libpq connection string", true},
    Setting{"POSTGRES_LISTEN_DSN", "",
            "a direct connection for LISTEN when POSTGRES_DSN goes through pgBouncer", true},
    Setting{"POSTGRES_POOL_MIN", "5", "connections kept open"},
    Setting{"POSTGRES_POOL_MAX", "20", "connections at most"},
    Setting{"REDIS_URL", "redis://localhost:6379/0", "one server; ignored when REDIS_SENTINELS is set", true},
    Setting{"REDIS_SENTINELS", "", "host:port with commas"},
    Setting{"REDIS_MASTER", "mymaster", "the master's name at the sentinels"},
    Setting{"REDIS_PASSWORD", "", "password", true},
    Setting{"REDIS_POOL_MIN", "10", "connections kept open"},
    Setting{"REDIS_POOL_MAX", "50", "connections at most"},
    Setting{"REDIS_PIPELINE_SIZE", "100", "values sent to Redis in one round trip"},
    Setting{"NORMALIZATION_BATCH_SIZE", "1000",
            "rows after which the stores are written, though not oftener than CLICKHOUSE_FLUSH_PAUSE_MS"},
    Setting{"NORMALIZATION_FLUSH_INTERVAL", "5", "seconds after which a part-full batch is written"},
    Setting{"CLICKHOUSE_FLUSH_PAUSE_MS", "1000",
            "time between two writes while there is not too much to write"},
    Setting{"CLICKHOUSE_FLUSH_ROWS", "50000", "rows that are written at once, whatever the pause"},
    Setting{"CLICKHOUSE_FLUSH_BYTES", "4194304", "bytes that are written at once, whatever the pause"},
    Setting{"NORMALIZATION_MIN_PRICE", "-2000",
            "hard bound below, in the tick's currency per unit; also by market or product: "
            "-2000,ERCOT=-251,PJM.DAM=-500"},
    Setting{"NORMALIZATION_MAX_PRICE", "10000", "hard bound above, of the same form"},
    Setting{"NORMALIZATION_MAX_VOLUME", "1000000", "a greater volume is flagged volume_spike"},
    Setting{"TAXONOMY_CACHE_TTL", "3600", "seconds until rules are read again"},
    Setting{"INSTRUMENT_CACHE_TTL", "1800", "seconds until an instrument is looked up again"},
    Setting{"AGGREGATION_INTERVALS", "5m,1h,1d",
            "bars to make: any of 1m, 5m, 15m, 1h, 1d, on_peak, off_peak; days and blocks in the market's calendar"},
    Setting{"AGGREGATION_WATERMARK_DELAY_MS", "30000",
            "event time that must pass beyond a window before it is final"},
    Setting{"AGGREGATION_MAX_LATE_MS", "300000",
            "how far behind the watermark a tick may still revise its bar"},
    Setting{"AGGREGATION_IDLE_TIMEOUT_MS", "60000", "silence after which a series' open bars become final"},
    Setting{"AGGREGATION_EARLY_MS", "0", "time between provisional bars of open windows; 0: only final bars"},
    Setting{"AGGREGATION_ROLLING", "5m:12,1h:24",
            "statistics over the last bars, interval:size with commas; a size is a number of bars, or hours (24h) "
            "or days (7d); \"none\": no statistics"},
    Setting{"AGGREGATION_SPREADS", "",
            "file of spreads (location, calendar, DART, spark, basis), one a line: name kind unit interval max-age leg leg "
            "…, a leg is INSTRUMENT[:RATIO][@INTERVAL]; the same file in every replica"},
    Setting{"PROJECTION_CACHE_TTL", "3600", "seconds a latest price stays in Redis"},
    Setting{"API_KEY_PEPPER", "", "secret mixed into stored API key hashes", true},
    Setting{"API_BOOTSTRAP_KEY", "", "API key created at start when the table has none", true},
    Setting{"API_RATE_LIMIT_PER_MINUTE", "1000",
            "requests a minute of an API key that has no limit of its own"},
};

}  // namespace

namespace contract {

std::string_view positions_topic(std::string_view stage) {
  const auto at = std::find(kStages.begin(), kStages.end(), stage) - kStages.begin();
  return kPositionsTopics.at(static_cast<std::size_t>(at));
}

std::string raw_topic(std::string_view market) { return "ingestion." + to_lower(market) + ".raw.v1"; }

std::span<const Setting> settings() { return kSettings; }

const Setting* setting(std::string_view name) {
  const auto* found =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return s.name == name; });
  return found == kSettings.end() ? nullptr : found;
}

}  // namespace contract

namespace quality {

std::vector<std::string_view> names_of(Mask mask) {
  std::vector<std::string_view> names;
  for (const auto& [bit, name] : kNames)
    if ((mask & bit) != 0) names.push_back(name);
  return names;
}

std::string_view name_of(Mask bit) {
  const auto place = static_cast<std::size_t>(std::countr_zero(bit));
  return place < kNames.size() ? kNames[place].second : std::string_view();
}

Mask bit_of(std::string_view name) {
  for (const auto& [bit, spelled] : kNames)
    if (spelled == name) return bit;
  return 0;
}

}  // namespace quality
}  // namespace dpctl::pipeline
