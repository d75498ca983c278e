#include "pipeline-services/normalization/api.hpp"

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/market.hpp"
#include "pipeline-services/core/validate.hpp"
#include "pipeline-services/io/wall_clock.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

std::string_view name_of(Zone zone) {
  switch (zone) {
    case Zone::utc: return "UTC";
    case Zone::eastern: return "America/New_York";
    case Zone::central: return "America/Chicago";
    case Zone::pacific: return "America/Los_Angeles";
    case Zone::est: return "EST all year";
  }
  return "";
}

io::HttpResponse status(const NormalizationTotals& totals, Micros started) {
  const auto number = [](const auto& value) {
    return static_cast<std::int64_t>(value.load(std::memory_order_relaxed));
  };
  io::HttpResponse response;
  JsonObject object(response.body);
  object.text("service", "normalization");
  object.text("status", number(totals.partitions) > 0 ? "running" : "waiting for partitions");
  object.time("started_at", started);
  if (const auto at = number(totals.last_batch_us); at != 0) object.time("last_batch_at", at);
  object.number("partitions", number(totals.partitions));
  object.number("messages", number(totals.in));
  object.number("normalized", number(totals.out));
  object.number("flagged", number(totals.flagged));
  object.number("duplicates", number(totals.duplicates));
  object.number("corrections", number(totals.corrections));
  object.number("stale_revisions", number(totals.stale_revisions));
  object.number("dead_letters", number(totals.dead));
  object.end();
  return response;
}

struct Rule {
  quality::Mask bit;
  std::string_view meaning;
};
constexpr std::array kRules{
    Rule{quality::kPriceNegative, "the price is below zero; information, not a fault"},
    Rule{quality::kOutOfRange, "outside the hard bounds of the market or product; kept out of bars"},
    Rule{quality::kVolumeSpike, "the volume is above the limit"},
    Rule{quality::kLateArrival, "behind the series' own progress by more than its interval and five minutes"},
    Rule{quality::kMissingMetadata, "neither node nor hub nor zone is named"},
    Rule{quality::kDuplicate, "seen before with the same value; kept out of bars"},
    Rule{quality::kPriceSpike, "more than eight robust deviations from the median of the last 32 prices"},
    Rule{quality::kCarryForward, "stale or carried forward, no observation; kept out of bars"},
    Rule{quality::kComponentMismatch, "price and components differ by more than 0.02"},
    Rule{quality::kCorrected, "replaces a value of the same observation"},
    Rule{quality::kPreliminary, "the source will publish a final value"},
    Rule{quality::kFutureTimestamp, "more than a minute ahead, two days for day-ahead prices"},
    Rule{quality::kUnitAssumed, "currency or unit is not in the message"},
};

io::HttpResponse quality_rules(const NormalizeOptions& options) {
  io::HttpResponse response;
  JsonObject object(response.body);
  std::string& list = object.raw("rules");
  list += '[';
  for (const auto& rule : kRules) {
    if (list.back() != '[') list += ',';
    JsonObject row(list);
    row.text("flag", quality::name_of(rule.bit));
    row.number("bit", rule.bit);
    row.boolean("excluded_from_bars", (rule.bit & quality::kExcludedFromBars) != 0);
    row.text("meaning", rule.meaning);
    row.end();
  }
  list += ']';
  object.decimal("max_volume", options.max_volume);
  object.end();
  return response;
}

io::HttpResponse markets(const NormalizeOptions& options) {
  io::HttpResponse response;
  JsonObject object(response.body);
  std::string& list = object.raw("markets");
  list += '[';
  for (const auto name : contract::kMarkets) {
    if (list.back() != '[') list += ',';
    const MarketFacts& market = facts(market_of(name));
    JsonObject row(list);
    row.text("market", market.name);
    row.text("topic", contract::raw_topic(name));
    row.text("calendar", name_of(market.zone));
    row.decimal("min_price", options.min_price.of(market.name, "").value_or(market.min_price));
    row.decimal("max_price", options.max_price.of(market.name, "").value_or(market.max_price));
    row.end();
  }
  list += ']';
  object.end();
  return response;
}

}  // namespace

void NormalizationTotals::add(const NormalizeCounts& counts, Micros now) {
  const auto more = [](std::atomic<std::uint64_t>& total, std::uint64_t by) {
    total.fetch_add(by, std::memory_order_relaxed);
  };
  more(in, counts.in);
  more(out, counts.out);
  more(flagged, counts.flagged);
  more(duplicates, counts.duplicates);
  more(corrections, counts.corrections);
  more(stale_revisions, counts.stale_revisions);
  more(dead, counts.dead);
  last_batch_us.store(now, std::memory_order_relaxed);
}

void add_normalization_routes(io::HttpServer& http, const NormalizeOptions& options,
                              const NormalizationTotals& totals) {
  http.route("GET", "/status", [&totals, started = io::wall_clock_us()](const io::HttpRequest&) {
    return status(totals, started);
  });
  http.route("GET", "/quality-rules", [options](const io::HttpRequest&) { return quality_rules(options); });
  http.route("GET", "/markets", [options](const io::HttpRequest&) { return markets(options); });
  http.route("POST", "/validate", [options](const io::HttpRequest& request) {
    const auto validation = validate(request.body, options, io::wall_clock_us());
    if (!validation) return io::http_error(400, "bad_request", "the body is no well-formed JSON object");
    return io::HttpResponse{.body = to_json(*validation)};
  });
}

}  // namespace dpctl::runtime
