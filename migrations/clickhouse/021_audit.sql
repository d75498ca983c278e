-- Who did what through the API and the tools; never one row a tick. A retried batch of rows is stored once (deduplication window).
CREATE TABLE IF NOT EXISTS data_processing.audit_events
(
    tenant_id   LowCardinality(String),
    event_time  DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    service     LowCardinality(String),
    actor       String COMMENT 'id of the API key, or of the operator' CODEC(ZSTD(1)),
    action      LowCardinality(String) COMMENT 'key.created, key.revoked, cache.invalidated, migration.applied, ...',
    object      String CODEC(ZSTD(1)),
    outcome     LowCardinality(String) COMMENT 'done, refused or failed',
    request_id  String CODEC(ZSTD(1)),
    details     String COMMENT 'a JSON object' CODEC(ZSTD(1)),
    INDEX actor actor TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX request request_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, event_time, service)
TTL toDateTime(event_time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 10000;
