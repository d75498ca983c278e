-- What came in, by market and hour. The states are of functions that do not change when a row comes twice or is replaced (distinct
-- identities, maxima), because the view sees rows before ReplacingMergeTree does: a sum or a count would grow with every replay.
CREATE TABLE IF NOT EXISTS data_processing.tick_activity_hourly
(
    tenant_id    LowCardinality(String),
    market       LowCardinality(String),
    product      LowCardinality(String),
    hour         DateTime('UTC'),
    ticks        AggregateFunction(uniqExact, FixedString(64)),
    instruments  AggregateFunction(uniq, String),
    newest       SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    last_arrival SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant_id, market, product, hour)
TTL hour + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS data_processing.tick_activity_hourly_view TO data_processing.tick_activity_hourly AS
SELECT tenant_id, market, product, toStartOfHour(toDateTime(event_time, 'UTC')) AS hour,
       uniqExactState(tick_id) AS ticks, uniqState(toString(instrument_id)) AS instruments,
       max(event_time) AS newest, max(normalized_at) AS last_arrival
FROM data_processing.silver_ticks
GROUP BY tenant_id, market, product, hour;

CREATE VIEW IF NOT EXISTS data_processing.tick_activity AS
SELECT tenant_id, market, product, hour, uniqExactMerge(ticks) AS ticks, uniqMerge(instruments) AS instruments,
       max(newest) AS newest, max(last_arrival) AS last_arrival
FROM data_processing.tick_activity_hourly
GROUP BY tenant_id, market, product, hour;
