#include "pipeline-services/runtime/rows.hpp"

#include <algorithm>
#include <optional>

namespace dpctl::runtime {
namespace {

using namespace pipeline;

std::optional<std::int64_t> units(const std::optional<Fixed>& value) {
  if (!value) return std::nullopt;
  return value->units;
}

void tick_fields(io::RowWriter& row, const Tick& tick) {
  row.label("tenant_id", tick.tenant);
  row.label("market", tick.market);
  row.label("product", tick.product);
  row.label("location_type", tick.location_type);
  row.label("location", tick.location);
  row.label("instrument_id", tick.instrument_id);
  row.label("symbol", tick.symbol);
  row.label("source_system", tick.source_system);
  row.fixed_text("tick_id", tick.tick_id, 64);
  row.text("source_event_id", tick.source_event_id);
  row.text("correlation_id", tick.correlation_id);
  row.label("currency", tick.currency);
  row.label("unit", tick.unit);
  row.text("raw_time", tick.raw_time);
  row.micros("event_time", tick.event_time);
  row.micros("interval_start", tick.interval_start);
  row.i32("interval_seconds", tick.interval_len);
  row.micros("ingested_at", tick.ingested_at);
  row.micros("normalized_at", tick.normalized_at);
  row.date("trade_date", tick.trade_date);
  row.u8("hour_ending", static_cast<std::uint8_t>(tick.hour_ending));
  row.flag("repeated_hour", tick.repeated_hour);
  row.decimal("price", tick.price.units);
  row.decimal("energy", units(tick.energy));
  row.decimal("congestion", units(tick.congestion));
  row.decimal("loss", units(tick.loss));
  row.decimal("ghg", units(tick.ghg));
  row.decimal("volume", units(tick.volume));
  row.decimal("bid", units(tick.bid));
  row.decimal("ask", units(tick.ask));
  row.decimal("superseded_price", units(tick.superseded_price));
  row.flag("energy_derived", tick.energy_derived);
  row.flag("superseded", tick.superseded);
  row.flag("off_grid", tick.off_grid);
  row.flag("backfill", tick.backfill);
  row.i64("revision", tick.revision);
  row.i64("sequence", tick.sequence);
  row.u32("quality", tick.quality);
}

}  // namespace

std::uint64_t tick_version(std::int64_t revision, std::int64_t offset) {
  constexpr std::int64_t kMostRevisions = (1LL << 23) - 1;
  constexpr std::int64_t kMostOffsets = (1LL << 40) - 1;
  return (static_cast<std::uint64_t>(std::clamp<std::int64_t>(revision, 0, kMostRevisions)) << 40U) |
         static_cast<std::uint64_t>(std::clamp<std::int64_t>(offset, 0, kMostOffsets));
}

void append_tick_row(io::RowBlock& out, const Tick& tick, std::uint64_t version) {
  io::RowWriter row(out);
  tick_fields(row, tick);
  row.u64("version", version);
  row.end();
}

void append_enriched_row(io::RowBlock& out, const EnrichedTick& tick, std::uint64_t version) {
  io::RowWriter row(out);
  tick_fields(row, tick);
  row.label("commodity", tick.commodity);
  row.label("region", tick.region);
  row.label("product_tier", tick.product_tier);
  row.label("classification", tick.method);
  row.label("rules_version", tick.rules_version);
  row.decimal("confidence", tick.confidence.units);
  row.flag("low_confidence", tick.low_confidence);
  row.decimal("contract_size", units(tick.contract_size));
  row.decimal("tick_size", units(tick.tick_size));
  row.u64("version", version);
  row.end();
}

void append_bar_row(io::RowBlock& out, const Bar& bar, std::uint64_t version) {
  io::RowWriter row(out);
  row.label("tenant_id", bar.tenant);
  row.label("market", bar.market);
  row.label("product", bar.product);
  row.label("location_type", bar.location_type);
  row.label("location", bar.location);
  row.label("instrument_id", bar.instrument_id);
  row.label("currency", bar.currency);
  row.label("unit", bar.unit);
  row.label("commodity", bar.commodity);
  row.label("region", bar.region);
  row.uuid("aggregation_id", bar.aggregation_id);
  row.micros("interval_start", bar.start);
  row.micros("interval_end", bar.end);
  row.decimal("open", bar.open.units);
  row.decimal("high", bar.high.units);
  row.decimal("low", bar.low.units);
  row.decimal("close", bar.close.units);
  row.decimal("volume", units(bar.volume));
  row.decimal("vwap", units(bar.vwap));
  row.decimal("twap", bar.twap.units);
  row.decimal("bid_close", units(bar.bid_close));
  row.decimal("ask_close", units(bar.ask_close));
  row.u32("tick_count", static_cast<std::uint32_t>(bar.tick_count));
  row.u32("excluded_count", static_cast<std::uint32_t>(bar.excluded_count));
  row.micros("first_time", bar.first_time);
  row.micros("last_time", bar.last_time);
  row.u32("quality", bar.quality);
  row.i64("revision", bar.revision);
  row.flag("is_final", bar.is_final);
  row.flag("revised", bar.revised);
  row.u64("version", version);
  row.end();
}

void append_latest_row(io::RowBlock& out, const LatestPrice& latest, Micros now) {
  io::RowWriter row(out);
  row.label("tenant_id", latest.tenant);
  row.label("instrument_id", latest.instrument_id);
  row.label("market", latest.market);
  row.label("product", latest.product);
  row.label("location_type", latest.location_type);
  row.label("location", latest.location);
  row.label("currency", latest.currency);
  row.label("unit", latest.unit);
  row.decimal("price", latest.price.units);
  row.decimal("volume", units(latest.volume));
  row.micros("event_time", latest.event_time);
  row.micros("interval_start", latest.interval_start);
  row.label("interval", name_of(latest.interval));
  row.u8("interval_rank", static_cast<std::uint8_t>(rank_of(latest.interval)));
  row.i64("revision", latest.revision);
  row.u32("quality", latest.quality);
  row.micros("snapshot_at", now);
  row.end();
}

void append_view_row(io::RowBlock& out, const ServedView& view, Micros now) {
  io::RowWriter row(out);
  row.label("tenant_id", view.tenant);
  row.label("projection_type", view.type);
  row.label("instrument_id", view.instrument_id);
  row.label("name", view.name);
  row.label("window", view.window);
  row.text("data", view.data);
  row.micros("event_time", view.event_time);
  row.i64("revision", view.revision);
  row.micros("snapshot_at", now);
  row.end();
}

int rank_of(Interval interval) { return fineness_of(interval); }

}  // namespace dpctl::runtime
