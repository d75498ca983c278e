// codec.cpp: the JSON of bars and latest prices, and the decoders of all messages (codec_tick.cpp writes
// ticks).
//
// Encoders append to a string that is reused from batch to batch. Decoders walk a message once and dispatch
// on a hash of each field's name, so neither the order of fields nor unknown ones matter.
#include "pipeline-services/core/codec.hpp"

#include "pipeline-services/core/codec_fields.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::pipeline {
namespace {

void append_flags(std::string& out, quality::Mask mask) {
  out += '[';
  if (mask == 0) out += "\"valid\"";
  bool first = true;
  for (const auto name : quality::names_of(mask)) {
    if (!first) out += ',';
    first = false;
    out += '"';
    out += name;
    out += '"';
  }
  out += ']';
}

Failure malformed(std::string_view what) { return fail(Code::failed, "{}", what); }

}  // namespace

void append_bar(std::string& out, const Bar& bar) {
  JsonObject message(out);
  JsonObject envelope(message.raw("envelope"));
  envelope.text("event_type", contract::kBarEvent);
  std::string& id = envelope.raw("event_id");
  id += '"';
  id += bar.aggregation_id;
  id += '.';
  char digits[24];
  id.append(digits, std::to_chars(digits, digits + sizeof digits, bar.revision).ptr);
  id += '"';
  envelope.time("timestamp", bar.end);
  envelope.text("tenant_id", bar.tenant);
  envelope.text("source", "aggregation-service");
  envelope.text("version", "1.0");
  envelope.end();
  JsonObject payload(message.raw("payload"));
  payload.text("type", "bar");
  payload.text("schema_version", contract::kSchemaVersion);
  payload.text("aggregation_id", bar.aggregation_id);
  payload.text("tenant_id", bar.tenant);
  payload.text("instrument_id", bar.instrument_id);
  payload.text("market", bar.market);
  payload.text("product", bar.product);
  payload.text_if("location_type", bar.location_type);
  payload.text_if("location", bar.location);
  payload.text_if("commodity", bar.commodity);
  payload.text_if("region", bar.region);
  payload.text("currency", bar.currency);
  payload.text("unit", bar.unit);
  payload.text("interval", name_of(bar.interval));
  payload.time("interval_start", bar.start);
  payload.number("interval_start_us", bar.start);
  payload.number("interval_end_us", bar.end);
  payload.decimal("open", bar.open);
  payload.decimal("high", bar.high);
  payload.decimal("low", bar.low);
  payload.decimal("close", bar.close);
  payload.decimal("volume", bar.volume);
  payload.decimal("vwap", bar.vwap);
  payload.decimal("twap", bar.twap);
  payload.decimal("bid_close", bar.bid_close);
  payload.decimal("ask_close", bar.ask_close);
  payload.number("trade_count", bar.tick_count);
  payload.number("excluded_count", bar.excluded_count);
  payload.number("first_time_us", bar.first_time);
  payload.number("last_time_us", bar.last_time);
  payload.number("quality_mask", bar.quality);
  payload.number("revision", bar.revision);
  payload.boolean("is_final", bar.is_final);
  payload.boolean("revised", bar.revised);
  payload.end();
  message.end();
}

std::string latest_json(const LatestPrice& latest) {
  std::string out;
  JsonObject object(out);
  object.text("type", "latest_price");
  object.text("schema_version", contract::kSchemaVersion);
  object.text("tenant_id", latest.tenant);
  object.text("instrument_id", latest.instrument_id);
  object.text("market", latest.market);
  object.text("product", latest.product);
  object.text_if("location_type", latest.location_type);
  object.text_if("location", latest.location);
  object.text("currency", latest.currency);
  object.text("unit", latest.unit);
  object.decimal("price", latest.price);
  object.decimal("volume", latest.volume);
  object.time("event_time", latest.event_time);
  object.number("event_time_us", latest.event_time);
  object.text("interval", name_of(latest.interval));
  object.time("interval_start", latest.interval_start);
  object.number("interval_start_us", latest.interval_start);
  object.number("revision", latest.revision);
  append_flags(object.raw("quality_flags"), latest.quality);
  object.number("quality_mask", latest.quality);
  object.end();
  return out;
}

void append_latest(std::string& out, const LatestPrice& latest) { out += latest_json(latest); }

struct Decoder::State {
  JsonReader reader;

  /// Walks envelope, payload and payload.taxonomy of a tick message, and the flat header of older producers.
  template <class T, class Set>
  Result<T> tick(std::string_view message, Arena& arena, const Set& set_field);
};

namespace {

/// Older producers send no identity or interval fields: the header's time is the event's.
Result<void> complete(Tick& tick, bool payload_seen) {
  if (!payload_seen) return malformed("the message has no payload");
  if (tick.instrument_id.empty()) return malformed("the payload has no instrument_id");
  if (tick.event_time == 0) return malformed("the payload has no event time");
  if (tick.interval_start == 0) tick.interval_start = tick.event_time;
  if (tick.tick_id.empty()) return malformed("the payload has no tick_id");
  if (tick.interval_len < 0 || tick.interval_len > 31 * 86'400)
    return malformed("interval_len_s is not between 0 and 31 days");
  if (tick.tenant.empty()) tick.tenant = "default";
  if (tick.product.empty()) tick.product = "SPOT";
  return {};
}

Result<Micros> flexible_time(const Scalar& scalar) {
  if (const auto number = scalar.integer()) return from_epoch(*number);
  return parse_iso(scalar.text);
}

}  // namespace

template <class T, class Set>
Result<T> Decoder::State::tick(std::string_view message, Arena& arena, const Set& set_field) {
  T tick;
  bool payload_seen = false;
  bool price_seen = false;
  Scalar occurred_at;
  Scalar payload_time;
  std::string wrong;
  const auto set = [&](std::string_view name, const Scalar& scalar) {
    if (set_field(tick, name, scalar) == FieldResult::malformed) {
      wrong = "field " + std::string(name.substr(0, 40)) + " has the wrong kind or range";
      return false;
    }
    if (is(name, "price")) price_seen = true;
    return true;
  };
  const auto taxonomy = [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    return JsonReader::scalar(item, scalar) && set(name, scalar);
  };
  const auto payload = [&](std::string_view name, JsonValue& item) {
    if (is(name, "taxonomy") && item.is_object()) return JsonReader::object(item, taxonomy);
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "timestamp")) {
      payload_time = scalar;
      return true;
    }
    if (is(name, "normalized_at") && scalar.kind == Scalar::Kind::number) {
      if (const auto at = flexible_time(scalar)) tick.normalized_at = *at;
      return true;
    }
    return set(name, scalar);
  };
  const auto envelope = [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "tenant_id")) tick.tenant = scalar.text;
    if (is(name, "correlation_id")) tick.correlation_id = scalar.text;
    return true;
  };
  const bool read = reader.read_in(arena, message, [&](std::string_view name, JsonValue& item) {
    if (is(name, "envelope")) return JsonReader::object(item, envelope);
    if (is(name, "payload")) {
      payload_seen = true;
      return JsonReader::object(item, payload);
    }
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "tenant_id")) tick.tenant = scalar.text;
    if (is(name, "trace_id")) tick.correlation_id = scalar.text;
    if (is(name, "occurred_at")) occurred_at = scalar;
    if (is(name, "ingested_at"))
      if (const auto at = flexible_time(scalar)) tick.ingested_at = *at;
    return true;
  });
  if (!wrong.empty()) return malformed(wrong);
  if (!read) return malformed("the message is no well-formed JSON object of the expected shape");
  if (!price_seen) return malformed("the payload has no price");
  if (tick.event_time == 0)
    for (const auto& scalar : {occurred_at, payload_time})  // the payload's holds
      if (const auto at = flexible_time(scalar)) tick.event_time = *at;
  DPCTL_CHECK(complete(tick, payload_seen));
  tick.plain = reader.plain();
  return tick;
}

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Result<Tick> Decoder::normalized(std::string_view message, Arena& arena) {
  return state_->tick<Tick>(message, arena, set_tick_field);
}

Result<EnrichedTick> Decoder::enriched(std::string_view message, Arena& arena) {
  return state_->tick<EnrichedTick>(message, arena, set_enriched_field);
}

namespace {

/// One field of a bar; false when it has the wrong kind.
bool set_bar_field(Bar& bar, std::string_view name, const Scalar& value, Arena& arena) {
  const auto text = [&](std::string_view& member) {
    if (value.kind != Scalar::Kind::text) return false;
    member = arena.keep(value.text);
    return true;
  };
  const auto integer = [&](auto& member) {
    const auto number = value.integer();
    if (!number) return false;
    member = static_cast<std::decay_t<decltype(member)>>(*number);
    return true;
  };
  const auto decimal = [&](auto& member) {
    const auto number = value.decimal();
    if (!number) return false;
    member = *number;
    return true;
  };
  if (value.is_null()) return true;
  switch (name_hash(name)) {
    case name_hash("aggregation_id"): return text(bar.aggregation_id);
    case name_hash("tenant_id"): return text(bar.tenant);
    case name_hash("instrument_id"): return text(bar.instrument_id);
    case name_hash("market"): return text(bar.market);
    case name_hash("product"): return text(bar.product);
    case name_hash("location_type"): return text(bar.location_type);
    case name_hash("location"): return text(bar.location);
    case name_hash("commodity"): return text(bar.commodity);
    case name_hash("region"): return text(bar.region);
    case name_hash("currency"): return text(bar.currency);
    case name_hash("unit"): return text(bar.unit);
    case name_hash("interval"): {
      const auto interval = interval_of(value.text);
      if (interval) bar.interval = *interval;
      return interval.has_value();
    }
    case name_hash("interval_start_us"): return integer(bar.start);
    case name_hash("interval_end_us"): return integer(bar.end);
    case name_hash("open"): return decimal(bar.open);
    case name_hash("high"): return decimal(bar.high);
    case name_hash("low"): return decimal(bar.low);
    case name_hash("close"): return decimal(bar.close);
    case name_hash("volume"): return decimal(bar.volume);
    case name_hash("vwap"): return decimal(bar.vwap);
    case name_hash("twap"): return decimal(bar.twap);
    case name_hash("bid_close"): return decimal(bar.bid_close);
    case name_hash("ask_close"): return decimal(bar.ask_close);
    case name_hash("trade_count"): return integer(bar.tick_count);
    case name_hash("excluded_count"): return integer(bar.excluded_count);
    case name_hash("first_time_us"): return integer(bar.first_time);
    case name_hash("last_time_us"): return integer(bar.last_time);
    case name_hash("quality_mask"): return integer(bar.quality);
    case name_hash("revision"): return integer(bar.revision);
    case name_hash("is_final"): bar.is_final = value.text == "true"; return true;
    case name_hash("revised"): bar.revised = value.text == "true"; return true;
    default: return true;
  }
}

}  // namespace

Result<Bar> Decoder::bar(std::string_view message, Arena& arena) {
  Bar bar;
  bool typed = false;
  bool priced = false;
  std::string wrong;
  const bool read = state_->reader.read(message, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (name != "payload") return JsonReader::scalar(item, scalar);
    return JsonReader::object(item, [&](std::string_view field, JsonValue& inner) {
      if (!JsonReader::scalar(inner, scalar)) return false;
      if (field == "type") typed = scalar.text == "bar";
      if (field == "close") priced = true;
      if (set_bar_field(bar, field, scalar, arena)) return true;
      wrong = "field " + std::string(field.substr(0, 40)) + " has the wrong kind or range";
      return false;
    });
  });
  if (!wrong.empty()) return malformed(wrong);
  if (!read) return malformed("the message is no well-formed JSON object of the expected shape");
  if (!typed) return malformed("the payload is no bar");
  if (bar.instrument_id.empty() || bar.start == 0 || !priced)
    return malformed("the bar lacks instrument_id, interval_start_us or close");
  return bar;
}

Result<LatestPrice> Decoder::latest(std::string_view message) {
  LatestPrice latest;
  bool ok = true;
  bool priced = false;
  const auto keep = [](std::string& member, const Scalar& scalar) { member = std::string(scalar.text); };
  const bool read = state_->reader.read(message, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    const auto integer = [&](std::int64_t& member) {
      const auto number = scalar.integer();
      ok = ok && number.has_value();
      member = number.value_or(0);
    };
    if (name == "tenant_id")
      keep(latest.tenant, scalar);
    else if (name == "instrument_id")
      keep(latest.instrument_id, scalar);
    else if (name == "market")
      keep(latest.market, scalar);
    else if (name == "product")
      keep(latest.product, scalar);
    else if (name == "location_type")
      keep(latest.location_type, scalar);
    else if (name == "location")
      keep(latest.location, scalar);
    else if (name == "currency")
      keep(latest.currency, scalar);
    else if (name == "unit")
      keep(latest.unit, scalar);
    else if (name == "event_time_us")
      integer(latest.event_time);
    else if (name == "interval_start_us")
      integer(latest.interval_start);
    else if (name == "revision")
      integer(latest.revision);
    else if (name == "interval") {
      const auto interval = interval_of(scalar.text);
      ok = ok && interval.has_value();
      latest.interval = interval.value_or(Interval::m5);
    } else if (name == "price") {
      const auto price = scalar.decimal();
      priced = price.has_value();
      latest.price = price.value_or(Fixed{});
    } else if (name == "volume") {
      latest.volume = scalar.decimal();
    } else if (name == "quality_mask") {
      std::int64_t mask = 0;
      integer(mask);
      latest.quality = static_cast<quality::Mask>(mask);
    }
    return true;
  });
  if (!read || !ok) return malformed("the message is no well-formed latest price");
  if (latest.instrument_id.empty() || !priced)
    return malformed("the latest price lacks instrument_id or price");
  return latest;
}

}  // namespace dpctl::pipeline
