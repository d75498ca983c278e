// codec_tick.cpp: writes normalised and enriched ticks.
//
// The most that a message can take is known before it is written, so it is written without asking for room
// at each of its 300 pieces.
#include <array>
#include <memory>

#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_text.hpp"

namespace dpctl::pipeline {
namespace {

/// Names, numbers, times and flags of an enriched tick take 2.4 KB at most.
constexpr std::size_t kFixedPart = 4096;
constexpr std::size_t kOnStack = 16'384;

std::size_t texts_of(const Tick& tick) {
  std::size_t size = tick.legacy_tick_id.size();
  for (const auto* text :
       {&tick.tenant, &tick.market, &tick.product, &tick.location_type, &tick.location, &tick.instrument_id,
        &tick.symbol, &tick.source_system, &tick.tick_id, &tick.source_event_id, &tick.correlation_id,
        &tick.currency, &tick.unit, &tick.raw_time})
    size += text->size();
  return size + tick.tenant.size() + tick.source_event_id.size() + tick.tick_id.size();  // twice
}

std::size_t texts_of(const EnrichedTick& tick) {
  return texts_of(static_cast<const Tick&>(tick)) + tick.commodity.size() + tick.region.size() +
         tick.product_tier.size() + tick.method.size() + tick.rules_version.size();
}

/// A time as text, of which a message has the same one in several places.
struct TimeText {
  explicit TimeText(Micros at) : size(static_cast<std::size_t>(print_iso(bytes.data(), at) - bytes.data())) {}
  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
  std::array<char, kIsoWidth> bytes{};
  std::size_t size;
};

void put_flags(JsonFields& out, quality::Mask mask) {
  out.put_name("quality_flags");
  if (mask == 0) return out.raw("[\"valid\"],");
  out.raw("[");
  bool first = true;
  for (quality::Mask rest = mask; rest != 0; rest &= rest - 1) {
    const auto name = quality::name_of(rest & (~rest + 1));
    if (name.empty()) continue;
    out.raw(first ? "\"" : ",\"");
    out.raw(name);
    out.raw("\"");
    first = false;
  }
  out.raw("],");
}

void put_envelope(JsonFields& out, std::string_view event_type, std::string_view source, const Tick& tick,
                  const TimeText& normalized_at) {
  out.begin("envelope");
  out.plain("event_type", event_type);
  out.versioned("event_id", tick.tick_id, tick.revision);
  out.plain("timestamp", normalized_at.view());
  out.text("tenant_id", tick.tenant);
  out.plain("source", source);
  out.plain("version", "1.0");
  out.text_if("correlation_id", tick.correlation_id);
  out.text_if("causation_id", tick.source_event_id);
  out.end();
}

void put_tick(JsonFields& out, const Tick& tick, const TimeText& normalized_at) {
  out.plain("schema_version", contract::kSchemaVersion);
  out.text("tick_id", tick.tick_id);
  out.text("tenant_id", tick.tenant);
  out.text("instrument_id", tick.instrument_id);
  out.text("market", tick.market);
  out.text("product", tick.product);
  out.text_if("location_type", tick.location_type);
  out.text_if("location", tick.location);
  out.text_if("symbol", tick.symbol);
  const TimeText event_time(tick.event_time);
  out.plain("timestamp", event_time.view());
  out.plain("event_time", event_time.view());
  out.number("event_time_us", tick.event_time);
  out.number("interval_start_us", tick.interval_start);
  out.number("interval_len_s", tick.interval_len);
  out.number("trade_date", tick.trade_date);
  out.number("hour_ending", tick.hour_ending);
  out.truth_if("repeated_hour", tick.repeated_hour);
  out.decimal("price", tick.price);
  out.decimal_if("energy", tick.energy);
  out.decimal_if("congestion", tick.congestion);
  out.decimal_if("loss", tick.loss);
  out.decimal_if("ghg", tick.ghg);
  out.decimal_if("volume", tick.volume);
  out.decimal_if("bid", tick.bid);
  out.decimal_if("ask", tick.ask);
  out.text("currency", tick.currency);
  out.text("unit", tick.unit);
  out.text("source_system", tick.source_system);
  out.text_if("source_event_id", tick.source_event_id);
  out.text_if("legacy_tick_id", tick.legacy_tick_id);
  out.number("revision", tick.revision);
  if (tick.sequence != 0) out.number("sequence", tick.sequence);
  out.decimal_if("superseded_price", tick.superseded_price);
  out.truth_if("energy_derived", tick.energy_derived);
  out.truth_if("superseded", tick.superseded);
  out.truth_if("off_grid", tick.off_grid);
  out.truth_if("backfill", tick.backfill);
  put_flags(out, tick.quality);
  out.number("quality_mask", tick.quality);
  out.text_if("raw_time", tick.raw_time);
  if (tick.ingested_at != 0) out.plain("ingested_at", TimeText(tick.ingested_at).view());
  if (tick.normalized_at != 0) out.plain("normalized_at", normalized_at.view());
}

void put_taxonomy(JsonFields& out, const EnrichedTick& tick) {
  out.begin("taxonomy");
  out.escaped("commodity", tick.commodity);
  out.escaped("region", tick.region);
  out.escaped("product_tier", tick.product_tier);
  out.decimal("confidence", tick.confidence);
  out.escaped("method", tick.method);
  out.escaped("rules_version", tick.rules_version);
  out.truth_if("low_confidence", tick.low_confidence);
  out.end();
  out.decimal_if("contract_size", tick.contract_size);
  out.decimal_if("tick_size", tick.tick_size);
}

template <class T>
void append_bounded(std::string& out, const T& tick, char* (*write)(char*, const T&)) {
  const std::size_t most = most_bytes(tick);
  if (most <= kOnStack) {
    char bytes[kOnStack];
    out.append(bytes, write(bytes, tick));
  } else {
    const auto bytes = std::make_unique<char[]>(most);
    out.append(bytes.get(), write(bytes.get(), tick));
  }
}

}  // namespace

std::size_t most_bytes(const Tick& tick) { return kFixedPart + 6 * texts_of(tick); }
std::size_t most_bytes(const EnrichedTick& tick) { return kFixedPart + 6 * texts_of(tick); }

char* write_normalized(char* at, const Tick& tick) {
  const TimeText normalized_at(tick.normalized_at);
  JsonFields message(at, tick.plain);
  message.begin();
  put_envelope(message, contract::kNormalizedEvent, "normalization-service", tick, normalized_at);
  message.begin("payload");
  put_tick(message, tick, normalized_at);
  message.end();
  return message.finish();
}

char* write_enriched(char* at, const EnrichedTick& tick) {
  const TimeText normalized_at(tick.normalized_at);
  JsonFields message(at, false);  // enrichment changes texts
  message.begin();
  put_envelope(message, contract::kEnrichedEvent, "enrichment-service", tick, normalized_at);
  message.begin("payload");
  put_tick(message, tick, normalized_at);
  put_taxonomy(message, tick);
  message.end();
  return message.finish();
}

void append_normalized(std::string& out, const Tick& tick) { append_bounded(out, tick, write_normalized); }
void append_enriched(std::string& out, const EnrichedTick& tick) {
  append_bounded(out, tick, write_enriched);
}

}  // namespace dpctl::pipeline
