-- Bars are ordered by (tenant, market, product, instrument, start); readers name an instrument and seldom its market. Within one market and
-- product the instruments are sorted, so one granule holds few of them and an index on the name skips nearly all others.
-- tests/system/test_schema_packs.py shows the query plan before and after. Ticks likewise.
ALTER TABLE data_processing.bars_5m ADD INDEX IF NOT EXISTS by_instrument instrument_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE data_processing.bars_5m MATERIALIZE INDEX by_instrument;
ALTER TABLE data_processing.bars_1h ADD INDEX IF NOT EXISTS by_instrument instrument_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE data_processing.bars_1h MATERIALIZE INDEX by_instrument;
ALTER TABLE data_processing.bars_1d ADD INDEX IF NOT EXISTS by_instrument instrument_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE data_processing.bars_1d MATERIALIZE INDEX by_instrument;
ALTER TABLE data_processing.silver_ticks ADD INDEX IF NOT EXISTS by_instrument instrument_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE data_processing.silver_ticks MATERIALIZE INDEX by_instrument;
ALTER TABLE data_processing.enriched_ticks ADD INDEX IF NOT EXISTS by_instrument instrument_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE data_processing.enriched_ticks MATERIALIZE INDEX by_instrument;
ALTER TABLE data_processing.silver_ticks ADD INDEX IF NOT EXISTS by_tick tick_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE data_processing.silver_ticks MATERIALIZE INDEX by_tick;
