-- Values derived from bars: rolling statistics, spreads and basis. One row for each value name and window; a recomputed value replaces
-- the one before it (version as in the bars). A spread whose leg is missing has no row.
CREATE TABLE IF NOT EXISTS data_processing.derived_values
(
    tenant_id          LowCardinality(String),
    kind               LowCardinality(String) COMMENT 'rolling, bid_ask, location, calendar, dart, spark, dark, crack, basis',
    name               LowCardinality(String) COMMENT 'series of the value: the instrument, or the spread as configured',
    interval           LowCardinality(String),
    window_size        LowCardinality(String) COMMENT 'of rolling statistics: "12" bars, "24h"; else empty',
    interval_start     DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_end       DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    unit               LowCardinality(String),
    value              Nullable(Decimal(18, 8)) COMMENT 'of a spread' CODEC(ZSTD(1)),
    value_bps          Nullable(Decimal(18, 8)) COMMENT 'bid/ask spread in 1/10000 of the mid price' CODEC(ZSTD(1)),
    count              UInt32 CODEC(T64, ZSTD(1)),
    mean               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    std                Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    min                Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    max                Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    range              Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    realised_volatility Nullable(Decimal(18, 8)) COMMENT 'root of the sum of squared changes of price' CODEC(ZSTD(1)),
    ewma               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    leg_ages           String COMMENT 'seconds from the end of each leg''s bar to the end of the window, one for each leg, with commas' CODEC(ZSTD(1)),
    flags              LowCardinality(String) COMMENT 'crossed, locked or empty',
    revision           Int64 CODEC(T64, ZSTD(1)),
    version            UInt64 CODEC(Delta, ZSTD(1)),
    written_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(interval_start)
ORDER BY (tenant_id, kind, name, interval, window_size, interval_start)
TTL toDateTime(written_at) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 10000;
