-- Integrated resource plans: scenarios, and what each builds and costs by year.
CREATE DATABASE IF NOT EXISTS planning_irp ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS planning_irp.scenarios
(
    tenant_id    LowCardinality(String),
    utility      LowCardinality(String),
    scenario_id  String,
    name         String,
    filed_on     Nullable(Date),
    horizon_from UInt16,
    horizon_to   UInt16,
    assumptions  String COMMENT 'a JSON object' CODEC(ZSTD(1)),
    revision     UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, utility, scenario_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS planning_irp.resources
(
    tenant_id      LowCardinality(String),
    utility        LowCardinality(String),
    scenario_id    String,
    year           UInt16,
    technology     LowCardinality(String),
    added_mw       Decimal(18, 8),
    retired_mw     Decimal(18, 8),
    capacity_mw    Decimal(18, 8) COMMENT 'at the end of the year',
    energy_mwh     Nullable(Decimal(18, 8)),
    cost           Nullable(Decimal(18, 8)) COMMENT 'in the scenario''s currency, nominal',
    revision       UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, utility, scenario_id, year, technology)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE VIEW IF NOT EXISTS planning_irp.capacity_by_year AS
SELECT tenant_id, utility, scenario_id, year, sum(capacity_mw) AS capacity_mw, sum(added_mw) AS added_mw, sum(retired_mw) AS retired_mw
FROM planning_irp.resources FINAL
GROUP BY tenant_id, utility, scenario_id, year;
