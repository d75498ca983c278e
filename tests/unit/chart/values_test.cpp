#include <doctest/doctest.h>

#include "lib/chart/strvals.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/values.hpp"
#include "lib/chart/version.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {
std::string set(const std::string& text, SetKind kind = SetKind::typed) {
  const auto into = Value::map();
  const auto done = parse_set(text, kind, into);
  return done ? to_json(into) : "error: " + one_line(done.error());
}
}  // namespace

TEST_CASE("--set reads integers, booleans and null, and leaves the rest text") {
  CHECK(set("a=5,b=true,c=null,d=1.5,e=0123,f=x") ==
        R"({"a":5,"b":true,"c":null,"d":"1.5","e":"0123","f":"x"})");
  CHECK(set("a=5", SetKind::string) == R"({"a":"5"})");
}

TEST_CASE("--set reaches into maps and lists") {
  CHECK(set("a.b[1].c=x") == R"({"a":{"b":[null,{"c":"x"}]}})");
  CHECK(set("l={a,b}") == R"({"l":["a","b"]})");
  CHECK(set("m\\.x=1\\,2") == R"({"m.x":"1,2"})");
}

TEST_CASE("--set refuses a key without a value, an open list and a huge index") {
  CHECK(set("a").starts_with("error"));
  CHECK(set("l={a").starts_with("error"));
  CHECK(set("l[99999]=1").starts_with("error"));
  CHECK(set("l[-1]=1").starts_with("error"));
}

TEST_CASE("flags take precedence by their kind, not by their order") {
  ValueFlags flags;
  flags.files = {{"a.yaml", "x: file\nw: file"}};
  flags.set = {"x=set"};
  flags.set_json = {R"({"x":"json","z":[1]})"};
  const auto values = merge_flags(flags);
  REQUIRE(values);
  CHECK(to_json(*values) == R"({"w":"file","x":"set","z":[1]})");
}

TEST_CASE("a null of the user deletes the chart's default") {
  const auto chart =
      load_files({{"Chart.yaml", "name: a\nversion: 1.0.0"}, {"values.yaml", "keep: 1\ngone: {x: 1}"}});
  REQUIRE(chart);
  Warnings warnings;
  const auto values = coalesce(**chart, map_of({{"gone", Value::nil()}}), Nulls::remove, warnings);
  REQUIRE(values);
  CHECK(to_json(*values) == R"({"keep":1})");
}

TEST_CASE("globals reach subcharts, and a condition turns one off") {
  std::vector<File> files{{"Chart.yaml",
                           "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [{name: s, version: "
                           "\"*\", condition: s.enabled}]"},
                          {"values.yaml", "global: {g: 1}"},
                          {"charts/s/Chart.yaml", "name: s\nversion: 1.0.0"}};
  const auto chart = load_files(files);
  REQUIRE(chart);
  Warnings warnings;
  const auto values = coalesce(**chart, Value::map(), Nulls::remove, warnings);
  REQUIRE(values);
  CHECK(to_json(*values->find("s")) == R"({"global":{"g":1}})");
  const auto off =
      process_dependencies(**chart, map_of({{"s", map_of({{"enabled", Value::boolean(false)}})}}), warnings);
  REQUIRE(off);
  CHECK((*off)->subcharts.empty());
}

TEST_CASE("version ranges count pre-releases only when they name one") {
  CHECK(in_range(">=1.20-0", "1.25.3-gke.1"));
  CHECK_FALSE(in_range(">=1.20", "1.25.3-gke.1"));
  CHECK(in_range("^1.2 || ~3.1", "3.1.9"));
  CHECK(in_range("1.2 - 1.4", "1.3.0"));
}
