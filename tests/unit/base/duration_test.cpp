#include "lib/base/duration.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using namespace std::chrono_literals;

TEST_CASE("a Go duration adds its parts") {
  CHECK(*parse_duration("1m30s") == 90s);
  CHECK(*parse_duration("1.5h") == 90min);
  CHECK(*parse_duration("250ms") == 250ms);
  CHECK(*parse_duration("1us") == 1us);
  CHECK(*parse_duration("-2s") == -2s);
  CHECK(*parse_duration("0") == 0s);
}

TEST_CASE("a bare number is refused with a hint that shows the units") {
  const auto parsed = parse_duration("30");
  REQUIRE(!parsed);
  CHECK(parsed.error().code == Code::usage);
  CHECK(parsed.error().what == "invalid duration \"30\": the unit is missing");
  CHECK(parsed.error().hints.size() == 1);
}

TEST_CASE("nonsense and overflow are refused") {
  for (const char* text : {"", "s", "1x", "1m30", ".s", "--1s", "99999999999h", "9999999999999999999999s"})
    CHECK_MESSAGE(!parse_duration(text), text);
}

TEST_CASE("a duration prints as Go prints it and reads back") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(90s) == "1m30s");
  CHECK(format_duration(1h) == "1h0m0s");
  CHECK(format_duration(1500us) == "1.5ms");
  CHECK(format_duration(-1s) == "-1s");
  for (const auto span : {1ns, 1'000'001ns, 3'723'000'000'004ns})
    CHECK(*parse_duration(format_duration(span)) == span);
}

TEST_CASE("an age prints as in kubectl's AGE column") {
  CHECK(human_age(45s) == "45s");
  CHECK(human_age(119s) == "119s");
  CHECK(human_age(192s) == "3m12s");
  CHECK(human_age(3h) == "3h");
  CHECK(human_age(7h + 5min) == "7h5m");
  CHECK(human_age(50h) == "2d2h");
  CHECK(human_age(24h * 100) == "100d");
}
