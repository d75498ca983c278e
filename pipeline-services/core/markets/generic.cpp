// generic.cpp: ticks that name their time and price themselves, from feeds that are no ISO file. A price that
// is absent is a fault, never zero; zero and negative prices are prices.
#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

#define DPCTL_GENERIC_FIELDS(X)                                                                             \
  X(product)                                                                                                \
  X(node) X(hub) X(zone) X(location_type) X(timestamp) X(time) X(event_time) X(occurred_at) X(interval_len) \
      X(price) X(last_price) X(value) X(volume) X(bid) X(ask) X(energy) X(congestion) X(loss) X(ghg)        \
          X(currency) X(unit) X(sequence) X(revision) X(price_backfilled) X(stale)

/// The fields that count, as texts; empty when absent.
struct Fields {
#define DPCTL_DECLARE(name) std::string_view name{};
  DPCTL_GENERIC_FIELDS(DPCTL_DECLARE)
#undef DPCTL_DECLARE

  explicit Fields(const Row& row) {
    for (const auto& field : row.fields()) {
      switch (field.hash) {
#define DPCTL_TAKE(spelled)                                                                    \
  case name_hash(#spelled):                                                                    \
    if (spelled.empty() && is(field.name, #spelled)) spelled = Row::trimmed(field.value.text); \
    break;
        DPCTL_GENERIC_FIELDS(DPCTL_TAKE)
#undef DPCTL_TAKE
        default: break;
      }
    }
  }
};
#undef DPCTL_GENERIC_FIELDS

void set_location(const Fields& fields, Tick& tick) {
  struct Place {
    std::string_view name, type;
  };
  for (const auto& [name, type] :
       {Place{fields.node, "NODE"}, Place{fields.hub, "HUB"}, Place{fields.zone, "ZONE"}}) {
    if (name.empty()) continue;
    tick.location = name;
    tick.location_type = type;
    break;
  }
  if (tick.location.empty()) tick.quality |= quality::kMissingMetadata;
  if (!fields.location_type.empty()) tick.location_type = fields.location_type;
}

void set_time(const Fields& fields, Row& row, Tick& tick) {
  for (const auto text : {fields.timestamp, fields.time, fields.event_time, fields.occurred_at}) {
    if (text.empty()) continue;
    tick.raw_time = text;
    const auto epoch = Scalar{Scalar::Kind::number, text}.integer();
    tick.interval_start = row.take(epoch ? from_epoch(*epoch) : parse_iso(text));
    break;
  }
  if (tick.raw_time.empty()) row.fail(fault::kContract, "missing_field", "raw_data has no timestamp");
  const auto length = row.integer_of("interval_len", fields.interval_len).value_or(0);
  if (length < 0 || length > 86'400 * 31)
    row.fail(fault::kValidation, "invalid_number", "interval_len is not between 0 and 31 days");
  else
    tick.interval_len = static_cast<std::int32_t>(length);
}

void set_price(const Fields& fields, Row& row, Tick& tick) {
  struct Price {
    FieldName name;
    std::string_view text;
  };
  for (const auto& [name, text] :
       {Price{"price", fields.price}, Price{"last_price", fields.last_price}, Price{"value", fields.value}}) {
    if (text.empty()) continue;
    tick.price = row.decimal_of(name, text).value_or(Fixed{});
    return;
  }
  row.fail(fault::kContract, "missing_price", "raw_data has no price, last_price or value");
}

bool truth(std::string_view text) { return Scalar{Scalar::Kind::text, text}.truth(); }

}  // namespace

void parse_generic(Row& row, Draft& draft) {
  const Fields fields(row);
  Tick& tick = draft.tick;
  tick.product = fields.product.empty() ? "SPOT" : fields.product;
  set_location(fields, tick);
  set_time(fields, row, tick);
  set_price(fields, row, tick);
  tick.volume = row.decimal_of("volume", fields.volume);
  tick.bid = row.decimal_of("bid", fields.bid);
  tick.ask = row.decimal_of("ask", fields.ask);
  tick.energy = row.decimal_of("energy", fields.energy);
  tick.congestion = row.decimal_of("congestion", fields.congestion);
  tick.loss = row.decimal_of("loss", fields.loss);
  tick.ghg = row.decimal_of("ghg", fields.ghg);
  tick.currency = fields.currency;
  tick.unit = fields.unit;
  tick.sequence = row.integer_of("sequence", fields.sequence).value_or(0);
  if (!fields.revision.empty()) {
    tick.revision = row.integer_of("revision", fields.revision).value_or(0);
    draft.versioned = true;
  }
  if (truth(fields.price_backfilled) || truth(fields.stale)) tick.quality |= quality::kCarryForward;
}

void parse(Market market, Row& row, Draft& draft) {
  draft.generic = row.text("report").empty();
  if (draft.generic) return parse_generic(row, draft);
  switch (market) {
    case Market::miso: return parse_miso(row, draft);
    case Market::caiso: return parse_caiso(row, draft);
    case Market::ercot: return parse_ercot(row, draft);
    case Market::pjm: return parse_pjm(row, draft);
    case Market::nyiso: return parse_nyiso(row, draft);
    case Market::isone: return parse_isone(row, draft);
    case Market::spp: return parse_spp(row, draft);
    case Market::other: return parse_generic(row, draft);
  }
}

}  // namespace dpctl::pipeline::markets
