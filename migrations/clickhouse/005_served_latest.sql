-- The newest price of each instrument. The version orders by event time, then finer interval, then revision: a late or replayed bar
-- never moves a price back, whatever the order of inserts.
CREATE TABLE IF NOT EXISTS data_processing.served_latest
(
    tenant_id          LowCardinality(String),
    instrument_id      LowCardinality(String),
    market             LowCardinality(String),
    product            LowCardinality(String),
    location_type      LowCardinality(String),
    location           LowCardinality(String),
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    price              Decimal(18, 8),
    volume             Nullable(Decimal(18, 8)),
    event_time         DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    interval_start     DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    interval           LowCardinality(String),
    interval_rank      UInt8 COMMENT '2 = 5m, 1 = 1h, 0 = 1d',
    revision           Int64,
    quality            UInt32,
    snapshot_at        DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    version            UInt128 MATERIALIZED bitShiftLeft(toUInt128(toUnixTimestamp64Micro(event_time)) * 4 + interval_rank, 64) + toUInt128(greatest(revision, 0))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, instrument_id)
SETTINGS non_replicated_deduplication_window = 10000;
