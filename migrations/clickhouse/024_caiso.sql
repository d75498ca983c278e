-- CAISO as OASIS publishes it: locational prices with four components, ancillary services, congestion revenue rights. A correction has a
-- higher revision and replaces; averages are views over what is valid now, never sums of averages.
CREATE DATABASE IF NOT EXISTS gold_market_caiso ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS gold_market_caiso.lmp
(
    tenant_id       LowCardinality(String),
    market_run      LowCardinality(String) COMMENT 'DAM, HASP, RTPD (15 minutes) or RTD (5 minutes)',
    node            LowCardinality(String),
    interval_start  DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_end    DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    trade_date      Date COMMENT 'Pacific prevailing time' CODEC(Delta, ZSTD(1)),
    lmp             Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    energy          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    congestion      Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    loss            Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ghg             Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    revision        UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(trade_date)
ORDER BY (tenant_id, market_run, node, interval_start)
TTL trade_date + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

-- Weighted by the length of the intervals, so a day with 23 or 25 hours and a mixture of runs come out right.
CREATE VIEW IF NOT EXISTS gold_market_caiso.lmp_daily AS
SELECT tenant_id, market_run, node, trade_date,
       sum(toFloat64(lmp) * dateDiff('second', interval_start, interval_end)) / sum(dateDiff('second', interval_start, interval_end)) AS lmp_average,
       min(lmp) AS lmp_low, max(lmp) AS lmp_high, count() AS intervals
FROM gold_market_caiso.lmp FINAL
GROUP BY tenant_id, market_run, node, trade_date;

CREATE TABLE IF NOT EXISTS gold_market_caiso.ancillary_services
(
    tenant_id       LowCardinality(String),
    market_run      LowCardinality(String),
    region          LowCardinality(String) COMMENT 'AS_CAISO, AS_NP26, AS_SP26, ...',
    product         LowCardinality(String) COMMENT 'RU, RD, SR, NR, RMU, RMD',
    interval_start  DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    trade_date      Date CODEC(Delta, ZSTD(1)),
    price           Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    requirement_mw  Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    procured_mw     Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    revision        UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(trade_date)
ORDER BY (tenant_id, market_run, region, product, interval_start)
TTL trade_date + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS gold_market_caiso.crr
(
    tenant_id       LowCardinality(String),
    crr_id          String CODEC(ZSTD(1)),
    source          LowCardinality(String),
    sink            LowCardinality(String),
    time_of_use     LowCardinality(String) COMMENT 'ON or OFF',
    hedge_type      LowCardinality(String) COMMENT 'obligation or option',
    valid_from      Date,
    valid_to        Date,
    mw              Decimal(18, 8),
    clearing_price  Nullable(Decimal(18, 8)),
    revision        UInt32
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(valid_from)
ORDER BY (tenant_id, crr_id, time_of_use, valid_from)
SETTINGS non_replicated_deduplication_window = 10000;
