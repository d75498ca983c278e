-- Greenhouse gases: emissions of facilities, allowances held against them. Tonnes of CO2 equivalent.
CREATE DATABASE IF NOT EXISTS compliance_ghg ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS compliance_ghg.emissions
(
    tenant_id   LowCardinality(String),
    program     LowCardinality(String) COMMENT 'CA-QC, RGGI, WA, EU-ETS',
    facility    String,
    month       Date,
    gas         LowCardinality(String),
    co2e_tonnes Decimal(18, 8),
    verified    Bool,
    revision    UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYear(month)
ORDER BY (tenant_id, program, facility, month, gas)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS compliance_ghg.allowance_movements
(
    tenant_id   LowCardinality(String),
    program     LowCardinality(String),
    movement_id String,
    at          DateTime('UTC'),
    vintage     UInt16,
    tonnes      Decimal(18, 8) COMMENT 'positive: acquired; negative: sold or surrendered',
    price       Nullable(Decimal(18, 8)),
    kind        LowCardinality(String) COMMENT 'auction, trade, allocation, surrender',
    revision    UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYear(at)
ORDER BY (tenant_id, program, movement_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE VIEW IF NOT EXISTS compliance_ghg.exposure AS
SELECT tenant_id, program, sum(emitted) AS emitted_tonnes, sum(held) AS held_tonnes, sum(emitted) - sum(held) AS open_tonnes
FROM
(
    SELECT tenant_id, program, co2e_tonnes AS emitted, toDecimal64(0, 8) AS held FROM compliance_ghg.emissions FINAL
    UNION ALL
    SELECT tenant_id, program, toDecimal64(0, 8), tonnes FROM compliance_ghg.allowance_movements FINAL WHERE kind != 'surrender'
)
GROUP BY tenant_id, program;
