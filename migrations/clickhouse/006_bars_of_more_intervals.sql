-- Bars of the other intervals, laid out as those of 004: minutes and quarters of an hour, and the on-peak and off-peak blocks of the
-- market's day. An off-peak row spans the local day; its prices leave the on-peak hours out.
CREATE TABLE IF NOT EXISTS data_processing.bars_1m
(
    tenant_id          LowCardinality(String),
    market             LowCardinality(String),
    product            LowCardinality(String),
    location_type      LowCardinality(String),
    location           LowCardinality(String),
    instrument_id      LowCardinality(String),
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    commodity          LowCardinality(String),
    region             LowCardinality(String),
    aggregation_id     UUID CODEC(ZSTD(1)),
    interval_start     DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_end       DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    open               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    high               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    low                Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    close              Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    volume             Nullable(Decimal(18, 8)) COMMENT 'null, not 0, when no observation has one' CODEC(ZSTD(1)),
    vwap               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    twap               Decimal(18, 8) CODEC(ZSTD(1)),
    bid_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ask_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    tick_count         UInt32 CODEC(T64, ZSTD(1)),
    excluded_count     UInt32 CODEC(T64, ZSTD(1)),
    first_time         DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_time          DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    quality            UInt32 COMMENT 'OR over the observations' CODEC(T64, ZSTD(1)),
    revision           Int64 CODEC(T64, ZSTD(1)),
    is_final           Bool,
    revised            Bool,
    version            UInt64 CODEC(Delta, ZSTD(1)),
    written_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(interval_start)
ORDER BY (tenant_id, market, product, instrument_id, interval_start)
TTL toDateTime(written_at) + INTERVAL 1 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS data_processing.bars_15m
(
    tenant_id          LowCardinality(String),
    market             LowCardinality(String),
    product            LowCardinality(String),
    location_type      LowCardinality(String),
    location           LowCardinality(String),
    instrument_id      LowCardinality(String),
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    commodity          LowCardinality(String),
    region             LowCardinality(String),
    aggregation_id     UUID CODEC(ZSTD(1)),
    interval_start     DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_end       DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    open               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    high               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    low                Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    close              Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    volume             Nullable(Decimal(18, 8)) COMMENT 'null, not 0, when no observation has one' CODEC(ZSTD(1)),
    vwap               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    twap               Decimal(18, 8) CODEC(ZSTD(1)),
    bid_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ask_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    tick_count         UInt32 CODEC(T64, ZSTD(1)),
    excluded_count     UInt32 CODEC(T64, ZSTD(1)),
    first_time         DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_time          DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    quality            UInt32 COMMENT 'OR over the observations' CODEC(T64, ZSTD(1)),
    revision           Int64 CODEC(T64, ZSTD(1)),
    is_final           Bool,
    revised            Bool,
    version            UInt64 CODEC(Delta, ZSTD(1)),
    written_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(interval_start)
ORDER BY (tenant_id, market, product, instrument_id, interval_start)
TTL toDateTime(written_at) + INTERVAL 3 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS data_processing.bars_on_peak
(
    tenant_id          LowCardinality(String),
    market             LowCardinality(String),
    product            LowCardinality(String),
    location_type      LowCardinality(String),
    location           LowCardinality(String),
    instrument_id      LowCardinality(String),
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    commodity          LowCardinality(String),
    region             LowCardinality(String),
    aggregation_id     UUID CODEC(ZSTD(1)),
    interval_start     DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_end       DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    open               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    high               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    low                Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    close              Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    volume             Nullable(Decimal(18, 8)) COMMENT 'null, not 0, when no observation has one' CODEC(ZSTD(1)),
    vwap               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    twap               Decimal(18, 8) CODEC(ZSTD(1)),
    bid_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ask_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    tick_count         UInt32 CODEC(T64, ZSTD(1)),
    excluded_count     UInt32 CODEC(T64, ZSTD(1)),
    first_time         DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_time          DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    quality            UInt32 COMMENT 'OR over the observations' CODEC(T64, ZSTD(1)),
    revision           Int64 CODEC(T64, ZSTD(1)),
    is_final           Bool,
    revised            Bool,
    version            UInt64 CODEC(Delta, ZSTD(1)),
    written_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(interval_start)
ORDER BY (tenant_id, market, product, instrument_id, interval_start)
TTL toDateTime(written_at) + INTERVAL 5 YEAR
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS data_processing.bars_off_peak
(
    tenant_id          LowCardinality(String),
    market             LowCardinality(String),
    product            LowCardinality(String),
    location_type      LowCardinality(String),
    location           LowCardinality(String),
    instrument_id      LowCardinality(String),
    currency           LowCardinality(String),
    unit               LowCardinality(String),
    commodity          LowCardinality(String),
    region             LowCardinality(String),
    aggregation_id     UUID CODEC(ZSTD(1)),
    interval_start     DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    interval_end       DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    open               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    high               Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    low                Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    close              Decimal(18, 8) CODEC(Delta, ZSTD(1)),
    volume             Nullable(Decimal(18, 8)) COMMENT 'null, not 0, when no observation has one' CODEC(ZSTD(1)),
    vwap               Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    twap               Decimal(18, 8) CODEC(ZSTD(1)),
    bid_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    ask_close          Nullable(Decimal(18, 8)) CODEC(ZSTD(1)),
    tick_count         UInt32 CODEC(T64, ZSTD(1)),
    excluded_count     UInt32 CODEC(T64, ZSTD(1)),
    first_time         DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_time          DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    quality            UInt32 COMMENT 'OR over the observations' CODEC(T64, ZSTD(1)),
    revision           Int64 CODEC(T64, ZSTD(1)),
    is_final           Bool,
    revised            Bool,
    version            UInt64 CODEC(Delta, ZSTD(1)),
    written_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(interval_start)
ORDER BY (tenant_id, market, product, instrument_id, interval_start)
TTL toDateTime(written_at) + INTERVAL 5 YEAR
SETTINGS non_replicated_deduplication_window = 10000;
