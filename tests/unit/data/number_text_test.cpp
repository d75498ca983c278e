#include "lib/data/number_text.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

TEST_CASE("floats are spelled as Go's strconv, fmt and encoding/json spell them") {
  CHECK(format_go_g(1e6) == "1e+06");
  CHECK(format_go_g(100000) == "100000");
  CHECK(format_go_g(1234567.5) == "1.2345675e+06");
  CHECK(format_go_g(0.0001) == "0.0001");
  CHECK(format_go_g(1e-7) == "1e-07");
  CHECK(format_go_g32(0.1) == "0.1");
  CHECK(format_go_g32(123456789) == "1.2345679e+08");
  CHECK(format_go_json(1e20) == "100000000000000000000");
  CHECK(format_go_json(1e21) == "1e+21");
  CHECK(format_go_json(1e-7) == "1e-7");
  CHECK(format_go_json(0) == "0");
  CHECK(format_go_json(9223372036854775808.0) == "9223372036854776000");
}
