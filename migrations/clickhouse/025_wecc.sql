-- Transmission of the Western Interconnection: rated paths, their flows, outages.
CREATE DATABASE IF NOT EXISTS markets_wecc ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS markets_wecc.paths
(
    tenant_id      LowCardinality(String),
    path_id        UInt16 COMMENT 'number in the WECC path rating catalogue',
    name           String,
    from_area      LowCardinality(String),
    to_area        LowCardinality(String),
    valid_from     Date,
    rating_mw      Decimal(18, 8) COMMENT 'in the direction from → to',
    rating_back_mw Nullable(Decimal(18, 8)),
    revision       UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, path_id, valid_from)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS markets_wecc.path_flows
(
    tenant_id  LowCardinality(String),
    path_id    UInt16,
    at         DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    flow_mw    Decimal(18, 8) COMMENT 'negative: against the path''s direction' CODEC(Delta, ZSTD(1)),
    limit_mw   Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    revision   UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(at)
ORDER BY (tenant_id, path_id, at)
TTL at + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS markets_wecc.outages
(
    tenant_id    LowCardinality(String),
    outage_id    String,
    path_id      UInt16,
    begins       DateTime('UTC'),
    ends         Nullable(DateTime('UTC')),
    derated_mw   Decimal(18, 8),
    planned      Bool,
    revision     UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, outage_id)
SETTINGS non_replicated_deduplication_window = 10000;

-- How much of its rating a path carries; the rating that was valid then.
CREATE VIEW IF NOT EXISTS markets_wecc.path_use AS
SELECT f.tenant_id AS tenant_id, f.path_id AS path_id, f.at AS at, f.flow_mw AS flow_mw,
       if(f.flow_mw >= 0, p.rating_mw, coalesce(p.rating_back_mw, p.rating_mw)) AS rating_mw,
       toFloat64(abs(f.flow_mw)) / nullIf(toFloat64(if(f.flow_mw >= 0, p.rating_mw, coalesce(p.rating_back_mw, p.rating_mw))), 0) AS used
FROM (SELECT *, toDate(at) AS day FROM markets_wecc.path_flows FINAL) AS f
ASOF JOIN (SELECT * FROM markets_wecc.paths FINAL) AS p
    ON f.tenant_id = p.tenant_id AND f.path_id = p.path_id AND f.day >= p.valid_from;
