-- Normalised ticks, one row for each (series, interval, source): a correction replaces what it corrects.
-- The order begins with what queries filter by; tick_id makes two products of one node and time two rows.
CREATE TABLE IF NOT EXISTS data_processing.silver_ticks
(
    tenant_id          LowCardinality(String),
    market             LowCardinality(String),
    product            LowCardinality(String),
    location_type      LowCardinality(String),
    location           LowCardinality(String),
    instrument_id      LowCardinality(String),
    symbol             LowCardinality(String),
    source_system      LowCardinality(String),
    tick_id            FixedString(64) CODEC(ZSTD(1)),
    source_event_id    String CODEC(ZSTD(1)),
    correlation_id     String CODEC(ZSTD(1)),
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    raw_time           String CODEC(ZSTD(1)),
    event_time         DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_start     DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_seconds   Int32 CODEC(T64, ZSTD(1)),
    ingested_at        DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    normalized_at      DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    trade_date         Nullable(Date),
    hour_ending        UInt8,
    repeated_hour      Bool,
    price              Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    energy             Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    congestion         Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    loss               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ghg                Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    volume             Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    bid                Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ask                Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    superseded_price   Nullable(Decimal(18, 8)) COMMENT 'what a correction replaces' CODEC(ZSTD(1)),
    energy_derived     Bool COMMENT 'the source prints no energy component',
    superseded         Bool COMMENT 'the source says that a newer version exists: never in a bar',
    off_grid           Bool COMMENT 'dispatch run between the five-minute marks',
    backfill           Bool,
    revision           Int64 CODEC(T64, ZSTD(1)),
    sequence           Int64 CODEC(T64, ZSTD(1)),
    quality            UInt32 COMMENT 'bits: 1 price_negative 2 out_of_range 4 volume_spike 8 late_arrival 16 missing_metadata 32 duplicate 64 price_spike 128 stale_carry_forward 256 component_mismatch 512 corrected 1024 preliminary 2048 future_timestamp 4096 currency_or_unit_assumed' CODEC(T64, ZSTD(1)),
    version            UInt64 COMMENT 'revision in the upper 24 bits, source offset in the lower 40: the greatest wins' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, market, product, instrument_id, event_time, source_system, tick_id)
TTL toDateTime(normalized_at) + INTERVAL 365 DAY
SETTINGS non_replicated_deduplication_window = 10000;
