#include <doctest/doctest.h>

#include "lib/base/encoding.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;

namespace {

/// The one tick of a message that is expected to be good.
Tick only(NormalizeOutput& out, const std::vector<std::string>& values) {
  normalize(values, out);
  REQUIRE(out.dead.size() == 0);
  REQUIRE(out.batch.ticks.size() == 1);
  return out.batch.ticks.front();
}

std::string issue_of(const std::string& value) {
  NormalizeOutput out;
  normalize({value}, out);
  REQUIRE(out.batch.ticks.empty());
  REQUIRE(out.dead.size() == 1);
  return std::string(out.dead.issue(0));
}

std::string nyiso(std::string_view product, std::string_view stamp, std::string_view lbmp,
                  std::string_view repeated = "") {
  std::string data =
      R"j({"report":"x","product":")j" + std::string(product) +
      R"j(","location_type":"ZONE","Time Stamp":")j" + std::string(stamp) +
      R"j(","Name":"H Q","LBMP ($/MWHr)":")j" + std::string(lbmp) +
      R"j(","Marginal Cost Losses ($/MWHr)":"6.43","Marginal Cost Congestion ($/MWHr)":"1.32")j";
  if (!repeated.empty()) data += R"(,"repeated_hour":)" + std::string(repeated);
  return raw("nyiso", data + "}");
}

}  // namespace

TEST_CASE("NYISO: congestion changes its sign and energy follows, marked as derived") {
  NormalizeOutput out;
  const Tick tick = only(out, {nyiso("RT5M", "07/18/2022 00:05:00", "77.34")});
  CHECK(to_string(*tick.congestion) == "-1.32");
  CHECK(to_string(*tick.loss) == "6.43");
  CHECK(to_string(*tick.energy) == "72.23");
  CHECK(tick.energy_derived);
  CHECK(tick.instrument_id == "NYISO.RT5M.ZONE.H_Q");
}

TEST_CASE("NYISO: a five-minute stamp is the interval's end, an hourly one its start") {
  NormalizeOutput out;
  CHECK(iso(only(out, {nyiso("RT5M", "07/18/2022 00:05:00", "1")}).interval_start) == "2022-07-18T04:00:00Z");
  NormalizeOutput hourly;
  CHECK(iso(only(hourly, {nyiso("DAM", "07/18/2022 00:00", "1")}).interval_start) == "2022-07-18T04:00:00Z");
  NormalizeOutput between;
  const Tick tick = only(between, {nyiso("RT5M", "07/18/2022 09:04:25", "1")});
  CHECK(iso(tick.interval_start) == "2022-07-18T12:59:25Z");
  CHECK(tick.off_grid);
}

TEST_CASE("NYISO: the repeated hour is told apart by the order of rows in the file") {
  const auto values = messages_of_file(
      "20251102damlbmp_zone.csv",
      "Time Stamp,Name,PTID,LBMP ($/MWHr),Marginal Cost Losses ($/MWHr),Marginal Cost Congestion ($/MWHr)\n"
      "11/02/2025 00:00,WEST,1,10,0,0\n11/02/2025 01:00,WEST,1,50.72,0,0\n11/02/2025 01:00,WEST,1,48.63,0,0\n"
      "11/02/2025 02:00,WEST,1,40,0,0\n");
  NormalizeOutput out;
  normalize(values, out);
  REQUIRE(out.batch.ticks.size() == 4);
  CHECK(iso(out.batch.ticks[1].interval_start) == "2025-11-02T05:00:00Z");
  CHECK(iso(out.batch.ticks[2].interval_start) == "2025-11-02T06:00:00Z");
  CHECK(out.batch.ticks[2].repeated_hour);
  CHECK(to_string(out.batch.ticks[2].price) == "48.63");
  CHECK(issue_of(nyiso("DAM", "11/02/2025 01:00", "1")) == "ambiguous_local_time");
}

TEST_CASE("a tick in the spring-forward gap goes to dead letters with its original bytes") {
  const std::string value = nyiso("DAM", "03/09/2025 02:00", "1");
  NormalizeOutput out;
  normalize({value}, out);
  REQUIRE(out.dead.size() == 1);
  CHECK(out.dead.issue(0) == "nonexistent_local_time");
  CHECK(out.dead.key(0) == "k");
  CHECK(out.dead.value(0).find(R"("raw_encoding":"utf-8")") != std::string_view::npos);
  CHECK(out.dead.value(0).find("03/09/2025 02:00") != std::string_view::npos);
}

TEST_CASE("zero and negative prices are prices") {
  NormalizeOutput zero;
  const Tick none = only(
      zero,
      {raw("miso",
           R"({"timestamp":"2025-01-01T00:00:00Z","price":0,"node":"N","currency":"USD","unit":"MWh"})")});
  CHECK(none.price == Fixed{});
  CHECK(none.quality == quality::kValid);
  NormalizeOutput negative;
  const Tick below = only(negative, {nyiso("DAM", "07/18/2022 01:00", "-66.26")});
  CHECK(to_string(below.price) == "-66.26");
  CHECK(below.quality == quality::kPriceNegative);
}

TEST_CASE("a price outside the hard bounds is flagged, never dropped") {
  NormalizeOutput out;
  CHECK((only(out, {nyiso("DAM", "07/18/2022 01:00", "10000.01")}).quality & quality::kOutOfRange) != 0);
}

TEST_CASE("components that do not add up are flagged beyond two cents") {
  const auto caiso = [](const char* lmp) {
    return raw(
        "caiso",
        std::string(
            R"({"report":"PRC_LMP","INTERVALSTARTTIME_GMT":"2019-11-03T08:00:00-00:00",)"
            R"("INTERVALENDTIME_GMT":"2019-11-03T09:00:00-00:00","NODE":"TH_NP15","MARKET_RUN_ID":"DAM","LMP":")") +
            lmp + R"(","MCE":"30","MCC":"1","MCL":"-0.5","MGHG":"0.25"})");
  };
  NormalizeOutput good;
  const Tick tick = only(good, {caiso("30.77")});
  CHECK(tick.quality == quality::kValid);
  CHECK(to_string(*tick.ghg) == "0.25");
  CHECK(tick.location_type == "HUB");
  CHECK(tick.interval_len == 3600);
  NormalizeOutput bad;
  CHECK(only(bad, {caiso("30.78")}).quality == quality::kComponentMismatch);
}

TEST_CASE(
    "ERCOT: DSTFlag true is the second, standard-time hour; 24:00 is the day's last hour; LZ and LZEW are "
    "two series") {
  const auto dam = [](const char* hour, const char* flag) {
    return raw("ercot",
               std::string(R"({"report":"NP4-190-CD","deliveryDate":"2025-11-02","hourEnding":")") + hour +
                   R"(","settlementPoint":"HB_HUBAVG","settlementPointPrice":46.44,"DSTFlag":)" + flag + "}");
  };
  NormalizeOutput out;
  normalize({dam("02:00", "false"), dam("02:00", "true"), dam("24:00", "false")}, out);
  REQUIRE(out.batch.ticks.size() == 3);
  CHECK(iso(out.batch.ticks[0].interval_start) == "2025-11-02T06:00:00Z");
  CHECK(iso(out.batch.ticks[1].interval_start) == "2025-11-02T07:00:00Z");
  CHECK(iso(out.batch.ticks[2].interval_start) == "2025-11-03T05:00:00Z");
  CHECK(out.batch.ticks[0].instrument_id == "ERCOT.DAM.HU.HB_HUBAVG");

  const auto quarter = [](const char* type) {
    return raw(
        "ercot",
        std::string(
            R"({"report":"NP6-905-CD","deliveryDate":"2026-09-26","deliveryHour":3,"deliveryInterval":2,)"
            R"("settlementPoint":"LZ_HOUSTON","settlementPointType":")") +
            type + R"(","settlementPointPrice":23.72,"DSTFlag":false})");
  };
  NormalizeOutput two;
  normalize({quarter("LZ"), quarter("LZEW")}, two);
  REQUIRE(two.batch.ticks.size() == 2);
  CHECK(two.batch.ticks[0].tick_id != two.batch.ticks[1].tick_id);
  CHECK(two.batch.ticks[1].instrument_id == "ERCOT.RTM15.LZEW.LZ_HOUSTON");
  CHECK(iso(two.batch.ticks[0].interval_start) == "2026-09-26T07:15:00Z");
}

TEST_CASE("MISO never shifts for daylight time") {
  const auto miso = [](int hour) {
    return raw("miso", R"({"report":"lmp","product":"DAM_EXPOST","Date":"03/09/2025","HE":)" +
                           std::to_string(hour) +
                           R"(,"Node":"AECI","Type":"Interface","LMP":"-.37","MCC":"0.10","MLC":"-0.20"})");
  };
  NormalizeOutput out;
  normalize({miso(2), miso(3), miso(4)}, out);
  REQUIRE(out.batch.ticks.size() == 3);
  CHECK(iso(out.batch.ticks[1].interval_start) == "2025-03-09T07:00:00Z");
  CHECK(out.batch.ticks[2].interval_start - out.batch.ticks[0].interval_start == 2 * kHour);
  CHECK(to_string(*out.batch.ticks[0].energy) == "-0.27");
}

TEST_CASE("ISO-NE: 02X is the repeated hour") {
  const auto isone = [](const char* hour) {
    return raw(
        "isone",
        std::string(R"({"report":"lmp","product":"DAM","Date":"11/02/2025","Hour Ending":")") + hour +
            R"(","Location Name":".H.INTERNAL_HUB","Location Type":"HUB","Locational Marginal Price":"33.89"})");
  };
  NormalizeOutput out;
  normalize({isone("02"), isone("02X")}, out);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(iso(out.batch.ticks[0].interval_start) == "2025-11-02T05:00:00Z");
  CHECK(iso(out.batch.ticks[1].interval_start) == "2025-11-02T06:00:00Z");
}

TEST_CASE(
    "PJM: a newer version is a correction, a superseded row never counts, an older version is dropped") {
  const auto pjm = [](int version, const char* current, const char* price) {
    return raw("pjm", std::string(R"({"report":"rt_lmps","product":"RTH","location":"PJM-RTO","type":"ZONE",)"
                                  R"("datetime_beginning_utc":"3/5/2024 5:00:00 AM","total_lmp_rt":")") +
                          price + R"(","row_is_current":")" + current + R"(","version_nbr":")" +
                          std::to_string(version) + R"("})");
  };
  NormalizeOutput out;
  normalize({pjm(1, "False", "10.368968"), pjm(2, "True", "10.37"), pjm(1, "False", "10.368968")}, out);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(out.batch.ticks[0].superseded);
  CHECK(out.batch.ticks[0].revision == 1);
  CHECK_FALSE(out.batch.ticks[1].superseded);
  CHECK((out.batch.ticks[1].quality & quality::kCorrected) != 0);
  CHECK(to_string(*out.batch.ticks[1].superseded_price) == "10.368968");
  CHECK(out.batch.ticks[0].tick_id == out.batch.ticks[1].tick_id);
  CHECK(out.counts.stale_revisions == 1);
}

TEST_CASE("the same value again is a duplicate, a new value a correction with the next revision") {
  NormalizeOutput out;
  normalize({nyiso("DAM", "07/18/2022 01:00", "10"), nyiso("DAM", "07/18/2022 01:00", "10.00"),
             nyiso("DAM", "07/18/2022 01:00", "11")},
            out);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(out.counts.duplicates == 1);
  CHECK(out.counts.corrections == 1);
  CHECK(out.batch.ticks[1].revision == 1);
  CHECK(to_string(*out.batch.ticks[1].superseded_price) == "10");
}

TEST_CASE("identity is SHA-256 over tenant, market, product, instrument, start, length and source") {
  NormalizeOutput out;
  const Tick tick = only(out, {nyiso("DAM", "07/18/2022 01:00", "10")});
  CHECK(tick.tick_id == sha256_hex("t|NYISO|DAM|NYISO.DAM.ZONE.H_Q|" + std::to_string(tick.interval_start) +
                                   "|3600|ingestion.x"));
}

TEST_CASE("generic ticks of both shapes are read, with epochs of any unit") {
  NormalizeOutput out;
  normalize(
      {raw("miso",
           R"({"timestamp":"2025-01-01T00:00:00-05:00","price":1.5,"volume":2,"bid":1,"ask":2,"node":"N"})"),
       R"({"event_id":"e","tenant_id":"u","occurred_at":1735707600000,"payload":{"source_system":"s","market":"ice","symbol":"NG_HH",)"
       R"("raw_payload":"{\"last_price\": 3.25}","encoding":"json"}})"},
      out);
  REQUIRE(out.dead.size() == 0);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(iso(out.batch.ticks[0].event_time) == "2025-01-01T05:00:00Z");
  CHECK(to_string(*out.batch.ticks[0].bid) == "1");
  CHECK(iso(out.batch.ticks[1].event_time) == "2025-01-01T05:00:00Z");
  CHECK(out.batch.ticks[1].instrument_id == "NG_HH");
  CHECK(out.batch.ticks[1].market == "ICE");
  CHECK(out.messages.key(1) == "u|NG_HH");
}

TEST_CASE("what cannot be a tick is a dead letter with a countable issue") {
  CHECK(issue_of("") == "invalid_json");
  CHECK(issue_of("[1]") == "invalid_json");
  CHECK(issue_of(R"({"payload":{}} x)") == "invalid_json");
  CHECK(issue_of(R"({"envelope":{}})") == "missing_field");
  CHECK(issue_of(raw("miso", R"({"timestamp":"2025-01-01T00:00:00Z"})")) == "missing_price");
  CHECK(issue_of(raw("miso", R"({"timestamp":"2025-01-01T00:00:00Z","price":"NaN"})")) == "invalid_number");
  CHECK(issue_of(raw("miso", R"({"timestamp":"2025-01-01T00:00:00Z","price":"inf"})")) == "invalid_number");
  CHECK(issue_of(raw("miso", R"({"timestamp":"soon","price":1})")) == "invalid_time");
  CHECK(issue_of(raw("miso", R"({"timestamp":12,"price":1})")) == "invalid_time");
  CHECK(issue_of(raw("miso", R"({"timestamp":"2025-01-01T00:00:00Z","price":1,"volume":-1})")) ==
        "negative_volume");
  CHECK(issue_of(raw("miso", R"({"price":1})")) == "missing_field");
  CHECK(issue_of(std::string(2U << 20U, ' ')) == "too_large");
}

TEST_CASE("bytes that are not UTF-8 survive in the dead letter as base64") {
  NormalizeOutput out;
  normalize({"\xff\xfe"}, out);
  REQUIRE(out.dead.size() == 1);
  CHECK(out.dead.value(0).find(R"("raw_event":"//4=","raw_encoding":"base64")") != std::string_view::npos);
}

TEST_CASE("a jump beyond eight robust deviations is flagged as a spike, once there is a past") {
  std::vector<std::string> values;
  for (int i = 0; i < 20; ++i)
    values.push_back(raw("miso", R"({"timestamp":)" + std::to_string(1'700'000'000 + i * 300) +
                                     R"(,"price":)" + std::to_string(30 + i % 3) + "}"));
  values.push_back(raw("miso", R"({"timestamp":1700006000,"price":900})"));
  NormalizeOutput out;
  normalize(values, out);
  for (std::size_t i = 0; i < 20; ++i) CHECK((out.batch.ticks[i].quality & quality::kPriceSpike) == 0);
  CHECK((out.batch.ticks[20].quality & quality::kPriceSpike) != 0);
}

TEST_CASE("late is judged against the series itself, so an old replay is not late") {
  NormalizeOutput out;
  normalize({nyiso("DAM", "07/18/2022 01:00", "1"), nyiso("DAM", "07/18/2022 09:00", "2"),
             nyiso("DAM", "07/18/2022 02:00", "3")},
            out);
  REQUIRE(out.batch.ticks.size() == 3);
  CHECK((out.batch.ticks[0].quality & quality::kLateArrival) == 0);
  CHECK((out.batch.ticks[2].quality & quality::kLateArrival) != 0);
}

TEST_CASE("a restored normaliser goes on as if it had not stopped") {
  const std::vector<std::string> values{nyiso("DAM", "07/18/2022 01:00", "10"),
                                        nyiso("DAM", "07/18/2022 02:00", "12")};
  Normalizer first;
  NormalizeOutput out;
  first.run(messages_of(values), kNow, out);
  Normalizer second;
  REQUIRE(second.restore(first.snapshot()).has_value());
  NormalizeOutput again;
  second.run(messages_of(values), kNow, again);
  CHECK(again.counts.duplicates == 2);
  CHECK(second.snapshot() == first.snapshot());
  CHECK_FALSE(second.restore("rubbish").has_value());
}
