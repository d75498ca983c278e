#include <doctest/doctest.h>

#include "pipeline-services/core/validate.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;

TEST_CASE("a bare tick is judged by the rules of the stream") {
  const auto good = validate(
      R"({"market":"miso","instrument_id":"MISO_HUB","timestamp":"2025-01-01T00:00:00Z","price":-5,"node":"N","currency":"USD","unit":"MWh"})",
      {}, kNow);
  REQUIRE(good.has_value());
  CHECK(to_json(*good) == R"({"valid":true,"quality_flags":["price_negative"],"errors":[]})");
  const auto plain = validate(
      R"({"instrument_id":"ABC","timestamp":"2025-01-01T00:00:00Z","price":0,"node":"N","currency":"USD","unit":"MWh"})",
      {}, kNow);
  REQUIRE(plain.has_value());
  CHECK(to_json(*plain) == R"({"valid":true,"quality_flags":["valid"],"errors":[]})");
}

TEST_CASE("what would be a dead letter is not valid and says why") {
  const auto bad =
      validate(R"({"market":"miso","instrument_id":"ABC","timestamp":"2025-01-01T00:00:00Z"})", {}, kNow);
  REQUIRE(bad.has_value());
  CHECK_FALSE(bad->valid);
  CHECK(bad->quality_flags.empty());
  REQUIRE(bad->errors.size() == 1);
  CHECK(bad->errors.front() == "missing_price: raw_data has no price, last_price or value");
}

TEST_CASE("a whole raw message is judged too, and what is no JSON object is told apart") {
  const auto message =
      validate(raw("miso", R"({"timestamp":"2025-01-01T00:00:00Z","price":1,"node":"N"})"), {}, kNow);
  REQUIRE(message.has_value());
  CHECK(message->valid);
  CHECK(message->quality_flags == std::vector<std::string_view>{"currency_or_unit_assumed"});
  CHECK_FALSE(validate("[]", {}, kNow).has_value());
  CHECK_FALSE(validate("", {}, kNow).has_value());
}
