#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "pipeline-services/core/classification_cache.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/core/project.hpp"

using namespace dpctl::pipeline;

namespace {

std::string commodity(std::string_view instrument, std::string_view market = "") {
  return TaxonomyRules::defaults().classify("t", market, instrument, nullptr).commodity;
}
std::string region(std::string_view instrument, std::string_view market = "") {
  return TaxonomyRules::defaults().classify("t", market, instrument, nullptr).region;
}

std::string message(const std::string& tenant, const std::string& instrument,
                    const std::string& market = "NYISO") {
  Tick tick;
  tick.tenant = tenant;
  tick.market = market;
  tick.product = "SPOT";
  tick.instrument_id = instrument;
  tick.tick_id = "0000000000000000000000000000000000000000000000000000000000000001";
  tick.currency = "USD";
  tick.unit = "MWh";
  tick.event_time = tick.interval_start = 1'767'225'600'000'000;
  tick.price = Fixed::whole(20);
  std::string text;
  append_normalized(text, tick);
  return text;
}

struct Batch {
  std::vector<std::string> texts;
  std::vector<SourceMessage> messages;
  explicit Batch(std::vector<std::string> all) : texts(std::move(all)) {
    for (const auto& text : texts) messages.push_back({.topic = "n", .key = {}, .value = text});
  }
};

}  // namespace

TEST_CASE("whole tokens decide, never parts of words") {
  CHECK(region("CAISO_GENERATOR_1") == "west");  // "NE" is inside the word
  CHECK(commodity("HEATING_OIL_FRONT") == "refined_products");
  CHECK(commodity("CRUDE_WTI") == "crude_oil");
  CHECK(commodity("NG_HH_BALMO") == "natural_gas");
  CHECK(commodity("LNG-JKM:M1") == "lng");
  CHECK(commodity("RGGI.V25") == "carbon");
  CHECK(commodity("POWER_PEAK_DAY_AHEAD") == "electricity");
  CHECK(region("EUA/DEC26") == "europe");
  CHECK(commodity("XYZZY") == "unknown");
}

TEST_CASE("the market's own token goes before those of the id") {
  CHECK(region("ERCOT_WEST_HUB", "ERCOT") == "texas");
  CHECK(region("MISO_SOUTH_HUB", "MISO") == "midwest");
  CHECK(region("NYISO.WEST", "nyiso") == "northeast");
  CHECK(region("AESO_POOL", "AESO") == "canada");
}

TEST_CASE("of rules the tenant's own wins, then the longest, then the higher priority, then the name") {
  const auto rule = [](std::string tenant, std::string token, std::string value, int priority = 0) {
    return TaxonomyRule{TaxonomyRule::Kind::commodity, std::move(tenant), std::move(token), std::move(value),
                        priority};
  };
  std::vector<TaxonomyRule> rules{rule("", "AA", "short"),   rule("", "AA_BB", "long"),
                                  rule("", "CC", "low", 1),  rule("", "DD", "high", 2),
                                  rule("acme", "AA", "own"), rule("", "EE", "e"),
                                  rule("", "FF", "f")};
  const auto of = [&](std::string_view tenant, std::string_view id) {
    return TaxonomyRules(rules, "1").classify(tenant, "", id, nullptr).commodity;
  };
  for (int turn = 0; turn < 20; ++turn) {
    std::shuffle(rules.begin(), rules.end(), std::mt19937(static_cast<unsigned>(turn)));
    CHECK(of("other", "x_aa_bb") == "long");
    CHECK(of("other", "aa_x_bb") == "short");
    CHECK(of("acme", "x_aa_bb") == "own");
    CHECK(of("other", "cc_dd") == "high");
    CHECK(of("other", "ff_ee") == "e");
  }
}

TEST_CASE("a warm batch has nothing to look up, and says the same as a cold one") {
  Enricher enricher;
  const auto rules = TaxonomyRules::defaults();
  Batch batch({message("a", "N.ONE"), message("a", "N.TWO"), message("b", "N.ONE"), message("a", "N.ONE")});
  MetadataRows rows;
  rows.put("a", "N.ONE",
           {.commodity = "gold",
            .region = "",
            .product_tier = "",
            .unit = "oz",
            .contract_size = {},
            .tick_size = {}});
  EnrichOutput cold, warm;
  const auto unknown = enricher.begin(batch.messages, rules, 1, cold);
  CHECK(unknown.size() == 3);
  enricher.finish(rows, {}, cold);
  CHECK(cold.batch.ticks[0].commodity == "gold");
  CHECK(cold.batch.ticks[2].commodity == "electricity");  // the other tenant's row is not seen
  CHECK(enricher.begin(batch.messages, rules, 2, warm).empty());
  enricher.finish({}, {}, warm);
  REQUIRE(warm.messages.size() == cold.messages.size());
  for (std::size_t i = 0; i < warm.messages.size(); ++i)
    CHECK(warm.messages.value(i) == cold.messages.value(i));
}

TEST_CASE("what was forgotten, or is over its time, or came under other rules, is looked up again") {
  Enricher enricher;
  const auto rules = TaxonomyRules::defaults();
  Batch batch({message("a", "N.ONE"), message("b", "N.ONE")});
  const auto lookups = [&](const TaxonomyRules& with, Micros now) {
    EnrichOutput out;
    const auto count = enricher.begin(batch.messages, with, now, out).size();
    enricher.finish({}, {.known = now + 100, .unknown = now + 100}, out);
    return count;
  };
  CHECK(lookups(rules, 1) == 2);
  CHECK(lookups(rules, 2) == 0);
  enricher.forget("a", "N.ONE");
  CHECK(lookups(rules, 3) == 1);
  CHECK(lookups(rules, 102) == 1);  // b's time is over
  const TaxonomyRules other(rules.rules(), "other");
  CHECK(lookups(other, 104) == 2);
  enricher.forget_all();
  CHECK(lookups(other, 105) == 2);
}

TEST_CASE("the cache stays within its bound and keeps what is used") {
  ClassificationCache cache(1000);
  const Classification one{.commodity = "c",
                           .region = "r",
                           .tier = "t",
                           .method = "rules",
                           .unit = {},
                           .confidence = {},
                           .contract_size = {},
                           .tick_size = {}};
  for (int i = 0; i < 10'000; ++i) {
    cache.put({"t", "M", "i" + std::to_string(i)}, one, 10);
    CHECK(cache.find({"t", "M", "i0"}, 1) != nullptr);
    CHECK(cache.size() <= 1000);
  }
  CHECK(cache.find({"t", "M", "i1"}, 1) == nullptr);
  CHECK(cache.find({"u", "M", "i0"}, 1) == nullptr);
  CHECK(cache.find({"t", "N", "i0"}, 1) == nullptr);
}

TEST_CASE("a payload that is no bar becomes a view with the payload as it came") {
  const auto view = read_view(
      R"({"envelope":{"event_type":"x"},"payload":{"type":"rolling_stat","tenant_id":"acme","instrument_id":"N.A",)"
      R"("ts":"2026-01-01T00:00:00Z","rolling_type":"mean","window_size":50,"rolling_value":1.5,"revision":2}})");
  REQUIRE(view);
  CHECK(view->type == "rolling_stat");
  CHECK(view->tenant == "acme");
  CHECK(view->name == "mean");
  CHECK(view->window == "50");
  CHECK(view->revision == 2);
  CHECK(view->event_time == 1'767'225'600'000'000);
  CHECK(view->data.starts_with(R"({"type":"rolling_stat")"));
  CHECK(view->data.ends_with(R"("revision":2})"));
  const auto curve =
      read_view(R"({"payload":{"type":"curve","curve_id":"HH","horizon":"1Y","as_of":1767225600}})");
  REQUIRE(curve);
  CHECK(curve->type == "curve_snapshot");
  CHECK(curve->name == "1y");
  CHECK(!read_view(R"({"payload":{"type":"curve","horizon":"1Y","as_of":1767225600}})"));
  CHECK(!read_view(R"({"payload":{"type":"spread","instrument_id":"A","ts":"never"}})"));
  CHECK(!read_view("no json"));
}

TEST_CASE("an older view than the newest of its window is stale, another window is another view") {
  const auto stat = [](int window, int seconds) {
    return R"({"payload":{"type":"rolling_stat","instrument_id":"A","rolling_type":"mean","window_size":)" +
           std::to_string(window) + R"(,"ts":)" + std::to_string(1'767'225'600 + seconds) + "}}";
  };
  Batch batch({stat(10, 5), stat(10, 4), stat(50, 1), stat(10, 6), stat(10, 6)});
  Projector projector;
  ProjectOutput out;
  projector.run(batch.messages, 1, out);
  CHECK(out.views.size() == 3);
  CHECK(out.counts.stale == 2);
  CHECK(out.counts.dead == 0);
}
