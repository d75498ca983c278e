// generic.cpp: ticks that name their time and price themselves, from feeds that are no ISO file. A price that
// is absent is a fault, never zero; zero and negative prices are prices.
#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

std::string_view first_of(const Row& row, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (!row.text(name).empty()) return name;
  return {};
}

}  // namespace

void parse_generic(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  const auto product = row.text("product");
  tick.product = product.empty() ? "SPOT" : product;
  struct Place {
    std::string_view field, type;
  };
  for (const auto& [field, type] : {Place{"node", "NODE"}, Place{"hub", "HUB"}, Place{"zone", "ZONE"}}) {
    if (!tick.location.empty() || row.text(field).empty()) continue;
    tick.location = row.text(field);
    tick.location_type = type;
  }
  if (row.text("node").empty() && row.text("zone").empty() && row.text("hub").empty())
    tick.quality |= quality::kMissingMetadata;
  if (const auto published = row.text("location_type"); !published.empty()) tick.location_type = published;

  const auto time_field = first_of(row, {"timestamp", "time", "event_time", "occurred_at"});
  if (time_field.empty()) {
    row.fail(fault::kContract, "missing_field", "raw_data has no timestamp");
    return;
  }
  tick.raw_time = row.text(time_field);
  if (const auto epoch = Scalar{Scalar::Kind::number, tick.raw_time}.integer())
    tick.interval_start = row.take(from_epoch(*epoch));
  else
    tick.interval_start = row.take(parse_iso(tick.raw_time));
  if (!row.text("interval_len").empty()) {
    const auto length = row.integer("interval_len");
    if (length < 0 || length > 86'400 * 31)
      row.fail(fault::kValidation, "invalid_number", "interval_len is not between 0 and 31 days");
    else
      tick.interval_len = static_cast<std::int32_t>(length);
  }
  const auto price_field = first_of(row, {"price", "last_price", "value"});
  if (price_field.empty()) {
    row.fail(fault::kContract, "missing_price", "raw_data has no price, last_price or value");
    return;
  }
  tick.price = row.decimal(price_field);
  tick.volume = row.decimal_if("volume");
  tick.bid = row.decimal_if("bid");
  tick.ask = row.decimal_if("ask");
  tick.energy = row.decimal_if("energy");
  tick.congestion = row.decimal_if("congestion");
  tick.loss = row.decimal_if("loss");
  tick.ghg = row.decimal_if("ghg");
  tick.currency = row.text("currency");
  tick.unit = row.text("unit");
  if (!row.text("sequence").empty()) tick.sequence = row.integer("sequence");
  if (!row.text("revision").empty()) {
    tick.revision = row.integer("revision");
    draft.versioned = true;
  }
  if (row.truth("price_backfilled") || row.truth("stale")) tick.quality |= quality::kCarryForward;
}

void parse(Market market, Row& row, Draft& draft) {
  if (row.text("report").empty()) return parse_generic(row, draft);
  switch (market) {
    case Market::miso: return parse_miso(row, draft);
    case Market::caiso: return parse_caiso(row, draft);
    case Market::ercot: return parse_ercot(row, draft);
    case Market::pjm: return parse_pjm(row, draft);
    case Market::nyiso: return parse_nyiso(row, draft);
    case Market::isone: return parse_isone(row, draft);
    case Market::other: return parse_generic(row, draft);
  }
}

}  // namespace dpctl::pipeline::markets
