#include "lib/data/jsonpath.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace dpctl;

namespace {

const Json& pods() {
  static const Json kPods = parse_json(R"({"kind":"List","items":[
    {"metadata":{"name":"a","labels":{"app.kubernetes.io/name":"x"}},"spec":{"replicas":2},
     "status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Disk","status":"False"}]}},
    {"metadata":{"name":"b"},"spec":{"replicas":5},"status":{"conditions":[{"type":"Ready","status":"False"}]}}]})",
                                       "pods")
                                .value();
  return kPods;
}

std::string print(std::string_view text) {
  const auto path = JsonPath::parse(text);
  if (!path) return "refused: " + path.error().what;
  const auto printed = path->print(pods());
  return printed ? *printed : "error: " + printed.error().what;
}

}  // namespace

TEST_CASE("fields, indexes, slices and wildcards print what kubectl prints") {
  CHECK(print("{.kind}") == "List");
  CHECK(print("{.items[*].metadata.name}") == "a b");
  CHECK(print("{.items[0].metadata.name} and {.items[-1].metadata.name}") == "a and b");
  CHECK(print("{.items[0:1].metadata.name}") == "a");
  CHECK(print("{.items[::2].metadata.name}") == "a");
  CHECK(print("{.items[0,1].metadata.name}") == "a b");
  CHECK(print("{.items[0]['metadata']['name']}") == "a");
  CHECK(print("{.items[0].spec}") == R"({"replicas":2})");
  CHECK(print("{.items[0].metadata['name','nothing']}") == "a");
  CHECK(print("{$.kind}{@.kind}") == "ListList");
}

TEST_CASE("a name with dots is reached in quotes or with backslashes") {
  CHECK(print("{.items[0].metadata.labels['app.kubernetes.io/name']}") == "x");
  CHECK(print(R"({.items[0].metadata.labels.app\.kubernetes\.io/name})") == "x");
}

TEST_CASE("recursive descent finds a field at any depth") { CHECK(print("{..name}") == "a b"); }

TEST_CASE("filters compare text and numbers, or ask for presence") {
  CHECK(print("{.items[0].status.conditions[?(@.type==\"Ready\")].status}") == "True");
  CHECK(print("{.items[?(@.spec.replicas>2)].metadata.name}") == "b");
  CHECK(print("{.items[?(@.spec.replicas <= 2)].metadata.name}") == "a");
  CHECK(print("{.items[?(@.metadata.name!='a')].metadata.name}") == "b");
  CHECK(print("{.items[?(@.metadata.labels)].metadata.name}") == "a");
  CHECK(print("{.items[?(@.status.conditions[0].status=='False')].metadata.name}") == "b");
}

TEST_CASE("ranges repeat their body for each value, also within each other") {
  CHECK(print("{range .items[*]}{.metadata.name}={.spec.replicas}{\"\\n\"}{end}") == "a=2\nb=5\n");
  CHECK(print("{range .items[*]}{.metadata.name}:{range .status.conditions[*]} {.type}{end};{end}") ==
        "a: Ready Disk;b: Ready;");
}

TEST_CASE("a missing field prints nothing, a missing index is an error") {
  CHECK(print("[{.nothing.at.all}]") == "[]");
  CHECK(print("{.items[7]}") == "error: array index out of bounds: index 7, length 2");
  CHECK(print("{.kind[0]}") == "error: string is not a list, brackets cannot be used on it");
}

TEST_CASE("a broken template is refused with the column") {
  for (const char* text : {"{.a", "{range .a[*]}x", "{end}", "{.a[}", "{.a[?(@.b]}", "{kind}", "{.a['b}",
                           "{.a[1:2:3:4]}", "{)}"})
    CHECK_MESSAGE(!JsonPath::parse(text), text);
  CHECK(JsonPath::parse("{.a[x]}").error().where->column == 6);
  CHECK(!JsonPath::parse(std::string(20'000, 'x')));
  CHECK(!JsonPath::parse("{" + std::string(5000, '[')));
}

TEST_CASE("an expression may come without braces") {
  for (const char* text : {"metadata.name", ".metadata.name", "{.metadata.name}", "$.metadata.name"}) {
    const auto path = JsonPath::parse_expression(text);
    REQUIRE(path);
    const auto found = path->find(pods()["items"][0]);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front()->get<std::string>() == "a");
  }
}
