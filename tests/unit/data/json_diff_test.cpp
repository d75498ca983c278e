#include "lib/data/json_diff.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace dpctl;

namespace {
std::string diff(std::string_view before, std::string_view after, std::size_t most = 1000) {
  std::string text;
  for (const auto& change : json_diff(parse_json(before, "a").value(), parse_json(after, "b").value(), most))
    text += change.path + ": " + change.before + " -> " + change.after + "\n";
  return text;
}
}  // namespace

TEST_CASE("equal trees have no changes, and 1 equals 1.0") {
  CHECK(diff(R"({"a":[1,{"b":2}]})", R"({"a":[1.0,{"b":2}]})") == "");
}

TEST_CASE("changed, new and removed fields are named by their path") {
  CHECK(diff(R"({"a":{"b":1,"c":2},"l":{"x/y":1}})", R"({"a":{"b":3,"d":null},"l":{"x/y":2}})") ==
        "a.b: 1 -> 3\na.c: 2 -> \na.d:  -> null\nl['x/y']: 1 -> 2\n");
  CHECK(diff("1", "[]") == ": 1 -> []\n");
}

TEST_CASE("list items with names are matched by name, others by position") {
  CHECK(diff(R"([{"name":"a","v":1},{"name":"b","v":2}])", R"([{"name":"b","v":3},{"name":"c"}])") ==
        "[name=a]: {\"name\":\"a\",\"v\":1} -> \n[name=b].v: 2 -> 3\n[name=c]:  -> {\"name\":\"c\"}\n");
  CHECK(diff(R"({"p":[80,81]})", R"({"p":[80,82,83]})") == "p[1]: 81 -> 82\np[2]:  -> 83\n");
}

TEST_CASE("the number of changes is bounded") {
  CHECK(diff("[1,2,3]", "[4,5,6]", 2) == "[0]: 1 -> 4\n[1]: 2 -> 5\n");
}
