#include "pipeline-services/core/derived.hpp"

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::pipeline {

void append_derived(std::string& out, const DerivedValue& value) {
  JsonObject message(out);
  JsonObject envelope(message.raw("envelope"));
  envelope.text("event_type", contract::kDerivedEvent);
  envelope.text("event_id", value.kind + "." + value.name + "." + std::string(name_of(value.interval)) + "." +
                                value.window + "." + iso(value.start) + "." + std::to_string(value.revision));
  envelope.time("timestamp", value.end);
  envelope.text("tenant_id", value.tenant);
  envelope.text("source", "aggregation-service");
  envelope.text("version", "1.0");
  envelope.end();
  JsonObject payload(message.raw("payload"));
  payload.text("type", value.kind);
  payload.text("schema_version", contract::kSchemaVersion);
  payload.text("tenant_id", value.tenant);
  payload.text("name", value.name);
  payload.text("interval", name_of(value.interval));
  payload.text_if("window", value.window);
  payload.time("interval_start", value.start);
  payload.number("interval_start_us", value.start);
  payload.number("interval_end_us", value.end);
  payload.text_if("unit", value.unit);
  payload.decimal("value", value.value);
  payload.decimal("value_bps", value.value_bps);
  if (value.count != 0) payload.number("count", value.count);
  payload.decimal("mean", value.mean);
  payload.decimal("std", value.std);
  payload.decimal("min", value.min);
  payload.decimal("max", value.max);
  payload.decimal("range", value.range);
  payload.decimal("realised_volatility", value.volatility);
  payload.decimal("ewma", value.ewma);
  if (!value.leg_ages.empty()) {
    std::string& ages = payload.raw("leg_ages_s");
    for (const auto age : value.leg_ages) ages += (ages.back() == ':' ? "[" : ",") + std::to_string(age);
    ages += ']';
  }
  payload.text_if("flags", value.flags);
  payload.number("revision", value.revision);
  payload.end();
  message.end();
}

std::optional<DerivedValue> bid_ask_spread(const Bar& bar) {
  if (!bar.bid_close || !bar.ask_close) return {};
  DerivedValue made;
  made.tenant = bar.tenant;
  made.kind = "bid_ask";
  made.name = bar.instrument_id;
  made.interval = bar.interval;
  made.start = bar.start;
  made.end = bar.end;
  made.unit = std::string(bar.currency) + "/" + std::string(bar.unit);
  made.count = bar.tick_count;
  made.revision = bar.revision;
  const Int128 bid = bar.bid_close->units, ask = bar.ask_close->units;
  made.value = Fixed{static_cast<std::int64_t>(ask - bid)};
  // 10,000 · (ask − bid) / ((ask + bid) / 2), in units of 1e-8.
  if (ask + bid > 0) made.value_bps = Fixed{divide_rounded((ask - bid) * 20'000 * Fixed::kOne, ask + bid)};
  if (bid > ask) made.flags = "crossed";
  if (bid == ask) made.flags = "locked";
  return made;
}

}  // namespace dpctl::pipeline
