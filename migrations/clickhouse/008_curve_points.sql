-- Forward curves, one row for each point. A curve that is built again for the same day replaces its points (version: microseconds of the
-- newest quote); base, on-peak and off-peak are curves of their own.
CREATE TABLE IF NOT EXISTS data_processing.curve_points
(
    tenant_id          LowCardinality(String),
    curve              LowCardinality(String),
    shape              LowCardinality(String) COMMENT 'base, on_peak or off_peak',
    as_of              Date,
    delivery_start     Date,
    delivery_end       Date COMMENT 'the day after the last',
    tenor              LowCardinality(String) COMMENT 'BALMO, M1, M2, ...',
    price              Decimal(18, 8) CODEC(ZSTD(1)),
    source             LowCardinality(String) COMMENT 'quoted, derived or extrapolated',
    confidence         Decimal(18, 8) CODEC(ZSTD(1)),
    hours              UInt32 CODEC(T64, ZSTD(1)),
    method             LowCardinality(String) COMMENT 'flat or smooth',
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    version            UInt64 CODEC(Delta, ZSTD(1)),
    written_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(as_of)
ORDER BY (tenant_id, curve, shape, as_of, delivery_start)
TTL toDateTime(written_at) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 10000;
