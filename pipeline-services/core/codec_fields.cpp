#include "pipeline-services/core/codec_fields.hpp"

namespace dpctl::pipeline {
namespace {

/// A setter per kind of member; each tells whether the value had that kind. null leaves a member as it is.
struct Setter {
  const Scalar& value;

  FieldResult text(std::string_view& member) const {
    if (value.is_null()) return FieldResult::taken;
    if (value.kind != Scalar::Kind::text) return FieldResult::malformed;
    member = value.text;
    return FieldResult::taken;
  }
  template <class Integer>
  FieldResult integer(Integer& member) const {
    if (value.is_null()) return FieldResult::taken;
    const auto number = value.kind == Scalar::Kind::number ? value.integer() : std::nullopt;
    if (!number || *number != static_cast<std::int64_t>(static_cast<Integer>(*number)))
      return FieldResult::malformed;
    member = static_cast<Integer>(*number);
    return FieldResult::taken;
  }
  FieldResult decimal(Fixed& member) const {
    const auto number = value.kind == Scalar::Kind::number ? value.decimal() : std::nullopt;
    if (!number) return FieldResult::malformed;
    member = *number;
    return FieldResult::taken;
  }
  FieldResult decimal(std::optional<Fixed>& member) const {
    if (value.is_null()) return FieldResult::taken;
    Fixed number;
    const auto result = decimal(number);
    if (result == FieldResult::taken) member = number;
    return result;
  }
  FieldResult boolean(bool& member) const {
    if (value.is_null()) return FieldResult::taken;
    if (value.kind != Scalar::Kind::boolean) return FieldResult::malformed;
    member = value.text == "true";
    return FieldResult::taken;
  }
  FieldResult time(Micros& member) const {
    if (value.is_null()) return FieldResult::taken;
    if (value.kind == Scalar::Kind::number) return integer(member);
    const auto at = parse_iso(value.text);
    if (!at) return FieldResult::malformed;
    member = *at;
    return FieldResult::taken;
  }
};

}  // namespace

#define DPCTL_FIELD(spelled, call) \
  case name_hash(spelled): return is(name, spelled) ? (call) : FieldResult::unknown

FieldResult set_tick_field(Tick& tick, std::string_view name, const Scalar& value) {
  const Setter set{value};
  switch (name_hash(name)) {
    DPCTL_FIELD("tick_id", set.text(tick.tick_id));
    DPCTL_FIELD("legacy_tick_id", set.text(tick.legacy_tick_id));
    DPCTL_FIELD("tenant_id", set.text(tick.tenant));
    DPCTL_FIELD("instrument_id", set.text(tick.instrument_id));
    DPCTL_FIELD("market", set.text(tick.market));
    DPCTL_FIELD("product", set.text(tick.product));
    DPCTL_FIELD("location_type", set.text(tick.location_type));
    DPCTL_FIELD("location", set.text(tick.location));
    DPCTL_FIELD("symbol", set.text(tick.symbol));
    DPCTL_FIELD("source_system", set.text(tick.source_system));
    DPCTL_FIELD("source_event_id", set.text(tick.source_event_id));
    DPCTL_FIELD("currency", set.text(tick.currency));
    DPCTL_FIELD("unit", set.text(tick.unit));
    DPCTL_FIELD("raw_time", set.text(tick.raw_time));
    DPCTL_FIELD("event_time_us", set.integer(tick.event_time));
    DPCTL_FIELD("interval_start_us", set.integer(tick.interval_start));
    DPCTL_FIELD("interval_len_s", set.integer(tick.interval_len));
    DPCTL_FIELD("ingested_at", set.time(tick.ingested_at));
    DPCTL_FIELD("normalized_at", set.time(tick.normalized_at));
    DPCTL_FIELD("trade_date", set.integer(tick.trade_date));
    DPCTL_FIELD("hour_ending", set.integer(tick.hour_ending));
    DPCTL_FIELD("repeated_hour", set.boolean(tick.repeated_hour));
    DPCTL_FIELD("price", set.decimal(tick.price));
    DPCTL_FIELD("energy", set.decimal(tick.energy));
    DPCTL_FIELD("congestion", set.decimal(tick.congestion));
    DPCTL_FIELD("loss", set.decimal(tick.loss));
    DPCTL_FIELD("ghg", set.decimal(tick.ghg));
    DPCTL_FIELD("volume", set.decimal(tick.volume));
    DPCTL_FIELD("bid", set.decimal(tick.bid));
    DPCTL_FIELD("ask", set.decimal(tick.ask));
    DPCTL_FIELD("bid_price", set.decimal(tick.bid));
    DPCTL_FIELD("ask_price", set.decimal(tick.ask));
    DPCTL_FIELD("superseded_price", set.decimal(tick.superseded_price));
    DPCTL_FIELD("energy_derived", set.boolean(tick.energy_derived));
    DPCTL_FIELD("superseded", set.boolean(tick.superseded));
    DPCTL_FIELD("off_grid", set.boolean(tick.off_grid));
    DPCTL_FIELD("backfill", set.boolean(tick.backfill));
    DPCTL_FIELD("revision", set.integer(tick.revision));
    DPCTL_FIELD("sequence", set.integer(tick.sequence));
    DPCTL_FIELD("quality_mask", set.integer(tick.quality));
    default: return FieldResult::unknown;
  }
}

FieldResult set_enriched_field(EnrichedTick& tick, std::string_view name, const Scalar& value) {
  const Setter set{value};
  switch (name_hash(name)) {
    DPCTL_FIELD("commodity", set.text(tick.commodity));
    DPCTL_FIELD("region", set.text(tick.region));
    DPCTL_FIELD("product_tier", set.text(tick.product_tier));
    DPCTL_FIELD("method", set.text(tick.method));
    DPCTL_FIELD("rules_version", set.text(tick.rules_version));
    DPCTL_FIELD("confidence", set.decimal(tick.confidence));
    DPCTL_FIELD("low_confidence", set.boolean(tick.low_confidence));
    DPCTL_FIELD("contract_size", set.decimal(tick.contract_size));
    DPCTL_FIELD("tick_size", set.decimal(tick.tick_size));
    default: return set_tick_field(tick, name, value);
  }
}

#undef DPCTL_FIELD

}  // namespace dpctl::pipeline
