#include "lib/data/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace dpctl;

TEST_CASE("json text becomes a tree and comes back on one line") {
  const auto value = parse_json(R"( {"b": [1, -2, 2.5, true, null], "a": "x"} )", "test");
  REQUIRE(value);
  CHECK(dump_json(*value) == R"({"a":"x","b":[1,-2,2.5,true,null]})");
}

TEST_CASE("an error in json names the file, the line, the column and shows the line") {
  const auto value = parse_json("{\n  \"a\": 1,\n  \"b\" 2\n}", "GET /api");
  REQUIRE(!value);
  CHECK(value.error().code == Code::usage);
  REQUIRE(value.error().where);
  CHECK(to_string(*value.error().where) == "GET /api:3:7");
  CHECK(value.error().where->source_line == "  \"b\" 2");
  CHECK(value.error().what.find("not valid json: ") == 0);
}

TEST_CASE("json deeper than the limit is refused before it can overflow the stack") {
  const std::string deep(200'000, '[');
  const auto value = parse_json(deep, "test");
  REQUIRE(!value);
  CHECK(value.error().what == "json is nested deeper than 512 levels");
  CHECK(parse_json("[[[]]]", "test", {.depth = 3}));
  CHECK(!parse_json("[[[[]]]]", "test", {.depth = 3}));
}

TEST_CASE("json larger than the limit is refused") { CHECK(!parse_json("[1,2,3]", "test", {.bytes = 3})); }

TEST_CASE("whole numbers keep all 64 bits, signed and unsigned") {
  const auto value = parse_json("[9223372036854775807,-9223372036854775808,18446744073709551615]", "test");
  REQUIRE(value);
  CHECK(dump_json(*value) == "[9223372036854775807,-9223372036854775808,18446744073709551615]");
}

TEST_CASE("the last of two equal keys wins") {
  CHECK(dump_json(parse_json(R"({"a":1,"a":2})", "test").value()) == R"({"a":2})");
}

TEST_CASE("text that is not UTF-8 is dumped with replacement characters instead of failing") {
  CHECK(dump_json(Json(std::string("a\xFF") + "b")) ==
        "\"a\xEF\xBF\xBD"
        "b\"");
}

TEST_CASE("accessors read along a path and fall back when something is missing or of another kind") {
  const Json value =
      parse_json(R"({"metadata":{"name":"web"},"spec":{"replicas":3,"paused":true,"ports":[{"port":80}]}})",
                 "t")
          .value();
  CHECK(string_at(value, "metadata.name") == "web");
  CHECK(string_at(value, "metadata.namespace", "default") == "default");
  CHECK(string_at(value, "spec.replicas", "no text") == "no text");
  CHECK(int_at(value, "spec.replicas") == 3);
  CHECK(int_at(value, "spec.ports.0.port") == 80);
  CHECK(int_at(value, "spec.ports.1.port", -1) == -1);
  CHECK(int_at(value, "metadata.name", 7) == 7);
  CHECK(bool_at(value, "spec.paused"));
  CHECK(array_at(value, "spec.ports").size() == 1);
  CHECK(array_at(value, "spec.missing").empty());
  CHECK(object_at(value, "metadata").size() == 1);
  CHECK(find(value, "spec.ports.x") == nullptr);
  CHECK(find(value, "") == &value);
}
