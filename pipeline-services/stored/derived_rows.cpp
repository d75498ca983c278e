#include "pipeline-services/stored/derived_rows.hpp"

namespace dpctl::pipeline {
namespace {

std::optional<std::int64_t> units(const std::optional<Fixed>& value) {
  return value ? std::optional(value->units) : std::nullopt;
}

std::int32_t date_of(Day day) { return local_hour(Zone::utc, Micros{day} * kDay).date; }

}  // namespace

void append_derived_row(io::RowBlock& out, const DerivedValue& value, std::uint64_t version) {
  std::string ages;
  for (const auto age : value.leg_ages) ages += (ages.empty() ? "" : ",") + std::to_string(age);
  io::RowWriter row(out);
  row.label("tenant_id", value.tenant);
  row.label("kind", value.kind);
  row.label("name", value.name);
  row.label("interval", name_of(value.interval));
  row.label("window_size", value.window);
  row.micros("interval_start", value.start);
  row.micros("interval_end", value.end);
  row.label("unit", value.unit);
  row.decimal("value", units(value.value));
  row.decimal("value_bps", units(value.value_bps));
  row.u32("count", static_cast<std::uint32_t>(value.count));
  row.decimal("mean", units(value.mean));
  row.decimal("std", units(value.std));
  row.decimal("min", units(value.min));
  row.decimal("max", units(value.max));
  row.decimal("range", units(value.range));
  row.decimal("realised_volatility", units(value.volatility));
  row.decimal("ewma", units(value.ewma));
  row.text("leg_ages", ages);
  row.label("flags", value.flags);
  row.i64("revision", value.revision);
  row.u64("version", version);
  row.end();
}

void append_curve_rows(io::RowBlock& out, const ForwardCurve& curve) {
  for (const auto& point : curve.points) {
    io::RowWriter row(out);
    row.label("tenant_id", curve.tenant);
    row.label("curve", curve.curve);
    row.label("shape", name_of(curve.shape));
    row.date("as_of", date_of(curve.as_of));
    row.date("delivery_start", date_of(point.start));
    row.date("delivery_end", date_of(point.end));
    row.label("tenor", point.tenor);
    row.decimal("price", point.price.units);
    row.label("source", name_of(point.source));
    row.decimal("confidence", point.confidence.units);
    row.u32("hours", static_cast<std::uint32_t>(point.hours));
    row.label("method", curve.method);
    row.label("currency", curve.currency);
    row.label("unit", curve.unit);
    row.u64("version", static_cast<std::uint64_t>(curve.version));
    row.end();
  }
}

}  // namespace dpctl::pipeline
