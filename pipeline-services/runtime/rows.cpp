#include "pipeline-services/runtime/rows.hpp"

#include <algorithm>

#include "pipeline-services/core/json_out.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

// ClickHouse refuses a missing value for a column that is not nullable, and takes null for one that is.
void date(JsonObject& row, std::string_view name, std::int32_t yyyymmdd) {
  if (yyyymmdd <= 0) return;
  row.text(name, fmt::format("{:04}-{:02}-{:02}", yyyymmdd / 10000, yyyymmdd / 100 % 100, yyyymmdd % 100));
}

void tick_fields(JsonObject& row, const Tick& tick) {
  row.text("tenant_id", tick.tenant);
  row.text("market", tick.market);
  row.text("product", tick.product);
  row.text("location_type", tick.location_type);
  row.text("location", tick.location);
  row.text("instrument_id", tick.instrument_id);
  row.text("symbol", tick.symbol);
  row.text("source_system", tick.source_system);
  row.text("tick_id", tick.tick_id);
  row.text("source_event_id", tick.source_event_id);
  row.text("correlation_id", tick.correlation_id);
  row.text("currency", tick.currency);
  row.text("unit", tick.unit);
  row.text("raw_time", tick.raw_time);
  row.time("event_time", tick.event_time);
  row.time("interval_start", tick.interval_start);
  row.number("interval_seconds", tick.interval_len);
  row.time("ingested_at", tick.ingested_at);
  row.time("normalized_at", tick.normalized_at);
  date(row, "trade_date", tick.trade_date);
  row.number("hour_ending", tick.hour_ending);
  row.boolean("repeated_hour", tick.repeated_hour);
  row.decimal("price", tick.price);
  row.decimal("energy", tick.energy);
  row.decimal("congestion", tick.congestion);
  row.decimal("loss", tick.loss);
  row.decimal("ghg", tick.ghg);
  row.decimal("volume", tick.volume);
  row.decimal("bid", tick.bid);
  row.decimal("ask", tick.ask);
  row.decimal("superseded_price", tick.superseded_price);
  row.boolean("energy_derived", tick.energy_derived);
  row.boolean("superseded", tick.superseded);
  row.boolean("off_grid", tick.off_grid);
  row.boolean("backfill", tick.backfill);
  row.number("revision", tick.revision);
  row.number("sequence", tick.sequence);
  row.number("quality", tick.quality);
}

void end_row(JsonObject& row, std::string& out) {
  row.end();
  out += '\n';
}

}  // namespace

std::uint64_t tick_version(std::int64_t revision, std::int64_t offset) {
  constexpr std::int64_t kMostRevisions = (1LL << 23) - 1;
  constexpr std::int64_t kMostOffsets = (1LL << 40) - 1;
  return (static_cast<std::uint64_t>(std::clamp<std::int64_t>(revision, 0, kMostRevisions)) << 40U) |
         static_cast<std::uint64_t>(std::clamp<std::int64_t>(offset, 0, kMostOffsets));
}

void append_tick_row(std::string& out, const Tick& tick, std::uint64_t version) {
  JsonObject row(out);
  tick_fields(row, tick);
  row.number("version", static_cast<std::int64_t>(version));
  end_row(row, out);
}

void append_enriched_row(std::string& out, const EnrichedTick& tick, std::uint64_t version) {
  JsonObject row(out);
  tick_fields(row, tick);
  row.text("commodity", tick.commodity);
  row.text("region", tick.region);
  row.text("product_tier", tick.product_tier);
  row.text("classification", tick.method);
  row.text("rules_version", tick.rules_version);
  row.decimal("confidence", tick.confidence);
  row.boolean("low_confidence", tick.low_confidence);
  row.decimal("contract_size", tick.contract_size);
  row.decimal("tick_size", tick.tick_size);
  row.number("version", static_cast<std::int64_t>(version));
  end_row(row, out);
}

void append_bar_row(std::string& out, const Bar& bar, std::uint64_t version) {
  JsonObject row(out);
  row.text("tenant_id", bar.tenant);
  row.text("market", bar.market);
  row.text("product", bar.product);
  row.text("location_type", bar.location_type);
  row.text("location", bar.location);
  row.text("instrument_id", bar.instrument_id);
  row.text("currency", bar.currency);
  row.text("unit", bar.unit);
  row.text("commodity", bar.commodity);
  row.text("region", bar.region);
  row.text("aggregation_id", bar.aggregation_id);
  row.time("interval_start", bar.start);
  row.time("interval_end", bar.end);
  row.decimal("open", bar.open);
  row.decimal("high", bar.high);
  row.decimal("low", bar.low);
  row.decimal("close", bar.close);
  row.decimal("volume", bar.volume);
  row.decimal("vwap", bar.vwap);
  row.decimal("twap", bar.twap);
  row.decimal("bid_close", bar.bid_close);
  row.decimal("ask_close", bar.ask_close);
  row.number("tick_count", bar.tick_count);
  row.number("excluded_count", bar.excluded_count);
  row.time("first_time", bar.first_time);
  row.time("last_time", bar.last_time);
  row.number("quality", bar.quality);
  row.number("revision", bar.revision);
  row.boolean("is_final", bar.is_final);
  row.boolean("revised", bar.revised);
  row.number("version", static_cast<std::int64_t>(version));
  end_row(row, out);
}

void append_latest_row(std::string& out, const LatestPrice& latest, Micros now) {
  JsonObject row(out);
  row.text("tenant_id", latest.tenant);
  row.text("instrument_id", latest.instrument_id);
  row.text("market", latest.market);
  row.text("product", latest.product);
  row.text("location_type", latest.location_type);
  row.text("location", latest.location);
  row.text("currency", latest.currency);
  row.text("unit", latest.unit);
  row.decimal("price", latest.price);
  row.decimal("volume", latest.volume);
  row.time("event_time", latest.event_time);
  row.time("interval_start", latest.interval_start);
  row.text("interval", name_of(latest.interval));
  row.number("interval_rank", rank_of(latest.interval));
  row.number("revision", latest.revision);
  row.number("quality", latest.quality);
  row.time("snapshot_at", now);
  end_row(row, out);
}

int rank_of(Interval interval) { return fineness_of(interval); }

}  // namespace dpctl::runtime
