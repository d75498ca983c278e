-- Distributed energy resources: what is registered, what it measures, what it was called to do.
CREATE DATABASE IF NOT EXISTS assets_der ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS assets_der.resources
(
    tenant_id    LowCardinality(String),
    resource_id  String,
    kind         LowCardinality(String) COMMENT 'solar, storage, load, ev, ...',
    utility      LowCardinality(String),
    node         LowCardinality(String),
    capacity_kw  Decimal(18, 8),
    energy_kwh   Nullable(Decimal(18, 8)) COMMENT 'of storage',
    active       Bool,
    revision     UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, resource_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS assets_der.telemetry
(
    tenant_id    LowCardinality(String),
    resource_id  String CODEC(ZSTD(1)),
    at           DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    power_kw     Decimal(18, 8) COMMENT 'positive: into the grid' CODEC(Delta, ZSTD(1)),
    charge       Nullable(Decimal(9, 8)) COMMENT 'of storage, 0 to 1' CODEC(ZSTD(1)),
    revision     UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(at)
ORDER BY (tenant_id, resource_id, at)
TTL toDateTime(at) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS assets_der.dispatches
(
    tenant_id    LowCardinality(String),
    dispatch_id  String,
    resource_id  String,
    begins       DateTime('UTC'),
    ends         DateTime('UTC'),
    target_kw    Decimal(18, 8),
    reason       LowCardinality(String),
    revision     UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(begins)
ORDER BY (tenant_id, dispatch_id, resource_id)
SETTINGS non_replicated_deduplication_window = 10000;

-- The mean power while a resource was called, beside what it was called to give; nothing measured is null, not zero.
CREATE VIEW IF NOT EXISTS assets_der.performance AS
SELECT d.tenant_id AS tenant_id, d.dispatch_id AS dispatch_id, d.resource_id AS resource_id, any(d.target_kw) AS target_kw,
       avgOrNullIf(toFloat64(t.power_kw), t.at >= d.begins AND t.at < d.ends) AS mean_kw
FROM (SELECT * FROM assets_der.dispatches FINAL) AS d
LEFT JOIN (SELECT * FROM assets_der.telemetry FINAL) AS t ON t.tenant_id = d.tenant_id AND t.resource_id = d.resource_id
GROUP BY d.tenant_id, d.dispatch_id, d.resource_id;
