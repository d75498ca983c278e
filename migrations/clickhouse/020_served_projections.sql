-- The newest of each projection that is no price: curve snapshots by horizon, spreads, basis and statistics by name and window.
-- The version orders by event time, then revision, as in served_latest, so a late or replayed value never replaces a newer one.
CREATE TABLE IF NOT EXISTS data_processing.served_projections
(
    tenant_id          LowCardinality(String),
    projection_type    LowCardinality(String) COMMENT 'curve_snapshot, spread, basis, rolling_stat, ...',
    instrument_id      LowCardinality(String),
    name               LowCardinality(String) COMMENT 'the horizon of a curve in lower case; which spread or statistic it is',
    window             LowCardinality(String) COMMENT 'empty when the type has none',
    data               String COMMENT 'the payload as it was published, a JSON object' CODEC(ZSTD(1)),
    event_time         DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    revision           Int64,
    snapshot_at        DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    version            UInt128 MATERIALIZED bitShiftLeft(toUInt128(toUnixTimestamp64Micro(event_time)), 64) + toUInt128(greatest(revision, 0))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, projection_type, instrument_id, name, window)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE VIEW IF NOT EXISTS data_processing.served_curve_snapshots AS
SELECT tenant_id, instrument_id, name AS horizon, data, event_time, revision, snapshot_at
FROM data_processing.served_projections FINAL
WHERE projection_type = 'curve_snapshot';
