#include "pipeline-services/tools/compare.hpp"

#include <doctest/doctest.h>

using namespace dpctl::pipeline;

TEST_CASE("fields that may differ are left out at any depth, whatever their value is") {
  const std::vector<std::string> names{"at", "id"};
  CHECK(without_fields(R"({"at":"x","price":1,"p":{"id":{"a":[1,"}"]},"q":"at"}})", names) ==
        R"({"price":1,"p":{"q":"at"}})");
  CHECK(without_fields(R"({"price":1,"at":2})", names) == R"({"price":1})");
  CHECK(without_fields(R"({"at":"a\"b,c"})", names) == "{}");
  CHECK(without_fields("no json", names) == "no json");
  CHECK(without_fields(R"({"at)", names) == R"({"at)");
}

TEST_CASE("two bags of records are equal whatever their order, and a second copy is a difference") {
  Comparison same;
  same.add(false, "k", "1"), same.add(false, "k", "2");
  same.add(true, "k", "2"), same.add(true, "k", "1");
  CHECK(same.differences().empty());
  same.add(true, "k", "2");
  const auto found = same.differences();
  REQUIRE(found.size() == 1);
  CHECK(found[0].value == "2");
  CHECK(found[0].in_first == 1);
  CHECK(found[0].in_second == 2);
}
