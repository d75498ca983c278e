// What the aggregation publishes is what the projection serves.
#include <doctest/doctest.h>

#include "pipeline-services/core/curves.hpp"
#include "pipeline-services/core/derived.hpp"
#include "pipeline-services/core/project.hpp"

using namespace dpctl::pipeline;

TEST_CASE("a curve is served under its name and shape, the newest version of a day wins") {
  ForwardCurve curve;
  curve.tenant = "acme";
  curve.curve = "PJM-W";
  curve.shape = LoadShape::on_peak;
  curve.as_of = *parse_day("2026-11-23");
  curve.version = 1'795'000'000'000'000;
  std::string message;
  append_curve(message, curve);
  const auto view = read_view(message);
  REQUIRE(view);
  CHECK(view->tenant == "acme");
  CHECK(view->type == "curve_snapshot");
  CHECK(view->instrument_id == "PJM-W");
  CHECK(view->name == name_of(LoadShape::on_peak));
  CHECK(view->event_time == static_cast<Micros>(curve.as_of) * kDay);
  CHECK(view->revision == curve.version);
}

TEST_CASE("a spread and a statistic are served by kind, interval and window") {
  DerivedValue value;
  value.tenant = "acme";
  value.kind = "location";
  value.name = "west-city";
  value.interval = Interval::h1;
  value.start = 1'795'000'000'000'000;
  value.revision = 7;
  const auto served = [&] {
    std::string message;
    append_derived(message, value);
    return read_view(message);
  };
  const auto spread = served();
  REQUIRE(spread);
  CHECK(spread->type == "spread");
  CHECK(spread->name == "location");
  CHECK(spread->instrument_id == "west-city");
  CHECK(spread->window == "1h");
  CHECK(spread->event_time == value.start);
  CHECK(spread->revision == 7);
  value.kind = "rolling";
  value.window = "24";
  const auto statistic = served();
  REQUIRE(statistic);
  CHECK(statistic->type == "rolling_stat");
  CHECK(statistic->window == "1h/24");
}
