-- Renewable portfolio standards: certificates by their life, obligations by year. One certificate is one MWh.
CREATE DATABASE IF NOT EXISTS compliance_rps ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS compliance_rps.certificates
(
    tenant_id     LowCardinality(String),
    registry      LowCardinality(String) COMMENT 'WREGIS, PJM-GATS, NEPOOL-GIS, ...',
    serial_from   UInt64,
    serial_to     UInt64 COMMENT 'inclusive',
    batch         String,
    facility      String,
    technology    LowCardinality(String),
    vintage       Date COMMENT 'first day of the month of generation',
    status        LowCardinality(String) COMMENT 'active, transferred, retired or expired',
    retired_for   LowCardinality(String) COMMENT 'jurisdiction and year, such as CA-2026; empty while not retired',
    revision      UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYear(vintage)
ORDER BY (tenant_id, registry, batch, serial_from)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS compliance_rps.obligations
(
    tenant_id     LowCardinality(String),
    jurisdiction  LowCardinality(String),
    year          UInt16,
    retail_mwh    Decimal(18, 8),
    share         Decimal(9, 8) COMMENT 'of retail sales, 0 to 1',
    revision      UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant_id, jurisdiction, year)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE VIEW IF NOT EXISTS compliance_rps.position AS
SELECT o.tenant_id AS tenant_id, o.jurisdiction AS jurisdiction, o.year AS year,
       toFloat64(o.retail_mwh) * toFloat64(o.share) AS required_mwh, toFloat64(r.mwh) AS retired_mwh,
       toFloat64(o.retail_mwh) * toFloat64(o.share) - toFloat64(r.mwh) AS open_mwh
FROM (SELECT *, concat(jurisdiction, '-', toString(year)) AS purpose FROM compliance_rps.obligations FINAL) AS o
LEFT JOIN
(
    SELECT tenant_id, retired_for, sum(serial_to - serial_from + 1) AS mwh
    FROM compliance_rps.certificates FINAL
    WHERE status = 'retired'
    GROUP BY tenant_id, retired_for
) AS r ON r.tenant_id = o.tenant_id AND r.retired_for = o.purpose;
