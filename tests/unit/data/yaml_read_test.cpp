#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"

using namespace dpctl;

namespace {

std::string read(std::string_view text, const yaml::Options& options = {}) {
  const auto value = yaml::decode(text, "f.yaml", options);
  return value ? dump_json(*value) : "error: " + one_line(value.error());
}

}  // namespace

TEST_CASE("plain scalars resolve by the rules of YAML 1.1 as Kubernetes' tools have them") {
  struct Row {
    const char* yaml;
    const char* json;
  };
  const Row rows[] = {
      {"yes", "true"},
      {"Off", "false"},
      {"y", "true"},
      {"n", "false"},
      {"~", "null"},
      {"", "null"},
      {"0123", "83"},
      {"0o17", "15"},
      {"0x1F", "31"},
      {"0b101", "5"},
      {"1_000", "1000"},
      {"08", "8"},
      {"-0x10", "-16"},
      {"+1", "1"},
      {"1e3", "1000"},
      {".5", "0.5"},
      {"1.0", "1"},
      {"1e999", "\"1e999\""},
      {"1:30", "\"1:30\""},
      {"yEs", "\"yEs\""},
      {"2001-01-01", "\"2001-01-01\""},
      {"18446744073709551615", "18446744073709551615"},
      {"'yes'", "\"yes\""},
      {"\"1\"", "\"1\""},
      {"!!str 1", "\"1\""},
      {"!!int \"7\"", "7"},
      {"!!float 1", "1"},
      {"!!binary aGVsbG8=", "\"hello\""},
      {"! 1", "\"1\""},
      {"!custom x", "\"x\""},
      {"0b-11", "-3"},
  };
  for (const auto& row : rows) CHECK_MESSAGE(read(row.yaml) == row.json, row.yaml);
}

TEST_CASE("keys become strings, booleans and numbers too") {
  CHECK(read("on: 1\n1: 2\n2.5: 3\n0x10: 4\n1e6: 5\n") == R"({"1":2,"16":4,"1e+06":5,"2.5":3,"true":1})");
  CHECK(read("~: 1") == "error: f.yaml:1:1: null cannot be a key");
  CHECK(read("[a]: 1") == "error: f.yaml:1:1: a list or a map cannot be a key");
}

TEST_CASE("a duplicate key is an error with its place in our own files and the last one wins inside charts") {
  const auto value = yaml::decode("a: 1\nb: 2\na: 3\n", "f.yaml");
  REQUIRE(!value);
  CHECK(one_line(value.error()) == "f.yaml:3:1: key 'a' appears twice, first in line 1");
  CHECK(value.error().where->source_line == "a: 3");
  CHECK(read("a: 1\nb: 2\na: 3\n", {.duplicate_keys = yaml::DuplicateKeys::last_wins}) == R"({"a":3,"b":2})");
}

TEST_CASE("aliases repeat a value and << merges maps") {
  CHECK(read("a: &x [1, 2]\nb: *x\n") == R"({"a":[1,2],"b":[1,2]})");
  CHECK(read("base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  q: 3\n") ==
        R"({"base":{"p":1,"q":2},"use":{"p":1,"q":3}})");
  CHECK(read("- &a {x: 1}\n- &b {x: 2, z: 2}\n- <<: [*a, *b]\n") ==
        R"([{"x":1},{"x":2,"z":2},{"x":1,"z":2}])");
  CHECK(read("a: *x") == "error: f.yaml:1:4: there is no anchor &x before this alias");
  CHECK(read("a: &x [*x]") == "error: f.yaml:1:8: the value of anchor &x contains itself");
  CHECK(read("<<: 1") == "error: f.yaml:1:5: '<<' needs a map or a list of maps");
}

TEST_CASE("an alias bomb is refused") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 0; k < 8; ++k) bomb += "," + last;
    bomb += "]\n";
  }
  const auto value = yaml::decode(bomb, "f.yaml");
  REQUIRE(!value);
  CHECK(value.error().what == "the document consists of too many aliases");
}

TEST_CASE("a pile of merges of nothing is refused like any other alias bomb") {
  std::string bomb = "a0: &a0 {}\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + last;
    for (int k = 0; k < 8; ++k) bomb += "," + last;
    bomb += "]}\n";
  }
  CHECK(read(bomb).find("too many aliases") != std::string::npos);
}

TEST_CASE("another version of YAML than 1.1 is refused") {
  CHECK(read("%YAML 1.1\n---\na: 1\n") == R"({"a":1})");
  CHECK(read("%YAML 1.2\n---\na: 1\n") ==
        "error: f.yaml:1:1: not valid yaml: this is YAML 1.2, where 1.1 is expected");
}

TEST_CASE("depth, size and number of values are bounded") {
  CHECK(read(std::string(100'000, '[')).find("nested deeper than 512 levels") != std::string::npos);
  CHECK(read("[1,2,3]", {.limits = {.nodes = 2}}).find("more than 2 values") != std::string::npos);
  CHECK(read("abc", {.limits = {.bytes = 2}}).find("larger than the limit of 2 bytes") != std::string::npos);
}

TEST_CASE("infinity and not-a-number have no place in JSON") {
  CHECK(read("a: 1\nb: .inf\n") == "error: f.yaml:2:4: infinite numbers and .nan cannot be used here");
}

TEST_CASE("syntax errors name line and column and say what to look at") {
  const auto tab = yaml::decode("a:\n\tb: 1\n", "f.yaml");
  REQUIRE(!tab);
  CHECK(one_line(tab.error()) == "f.yaml:2:1: not valid yaml: found character that cannot start any token");
  CHECK(tab.error().hints.front().find("not tabs") != std::string::npos);
  CHECK(read("a: b: c") ==
        "error: f.yaml:1:5: not valid yaml: mapping values are not allowed in this context");
  CHECK(read("a: [1, 2\n") == "error: f.yaml:2:1: not valid yaml: did not find expected ',' or ']'");
  CHECK(read("a: \"\\q\"").find("found unknown escape character") != std::string::npos);
  CHECK(read("a: \x01") == "error: f.yaml:1:4: not valid yaml: control characters are not allowed");
  CHECK(read("a: \xFF") == "error: f.yaml:1:4: not valid yaml: the text is not valid UTF-8");
}

TEST_CASE("text in every style is read as it is meant") {
  CHECK(read("a: |\n  x\n   y\n\nb: >-\n  p\n  q\n\n  r\n") == R"({"a":"x\n y\n","b":"p q\nr"})");
  CHECK(read("|+\n  a\n\n") == R"("a\n\n")");
  CHECK(read("a: one\n  two\n\n  three") == R"({"a":"one two\nthree"})");
  CHECK(read("'it''s\n  folded'") == R"("it's folded")");
  CHECK(read(R"("tab\t\u00e9 \x41\
     joined")") == "\"tab\\té Ajoined\"");
  CHECK(read("\"a   \n  b\"") == R"("a b")");
  CHECK(read("\xEF\xBB\xBF"
             "a: 1 # comment\r\nb: 2\r\n") == R"({"a":1,"b":2})");
  CHECK(read(std::string("\xFF\xFE"
                         "a\0:\0 \0"
                         "1\0",
                         10)) == R"({"a":1})");
}

TEST_CASE("what Helm's library reads or refuses against the specification is read or refused here too") {
  struct Row {
    const char* yaml;
    const char* json;
  };
  const yaml::Options as_helm{.duplicate_keys = yaml::DuplicateKeys::last_wins, .first_document_only = true};
  const Row rows[] = {
      {R"("it\'s")", R"("it's")"},
      {R"("a\/b")", "error: f.yaml:1:3: not valid yaml: found unknown escape character"},
      {"[a?b]", "error: f.yaml:1:3: not valid yaml: did not find expected ',' or ']'"},
      {"[]x", "[]"},
      {"{? a}: b", R"({"a":null})"},
      {"!a[b x", R"("x")"},
      {"a: \xEF\xBB\xBF", "{\"a\":\"\xEF\xBB\xBF\"}"},
  };
  for (const auto& row : rows) CHECK_MESSAGE(read(row.yaml, as_helm) == row.json, row.yaml);
}

TEST_CASE("a key without a question mark stands on one line and has 1024 characters at most") {
  const std::string most = std::string(1024, 'k'), wide = [] {
    std::string text;
    for (int i = 0; i < 1024; ++i) text += "\xC3\xA9";
    return text;
  }();
  CHECK(read(most + ": 1") == "{\"" + most + "\":1}");
  CHECK(read(wide + ": 1") == "{\"" + wide + "\":1}");
  CHECK(read(most + "k: 1") ==
        "error: f.yaml:1:1026: not valid yaml: mapping values are not allowed in this context");
  CHECK(read("? " + most + "k\n: 1") == "{\"" + most + "k\":1}");
  CHECK(read("a: 1\n\"b\n c\": 2") == "error: f.yaml:3:4: not valid yaml: could not find expected ':'");
}

TEST_CASE("texts of several lines are folded, and blocks keep what their header says") {
  struct Row {
    const char* yaml;
    const char* json;
  };
  const Row rows[] = {
      {"a b\n c\n\n d", R"("a b c\nd")"},
      {"'a''b \n\n  c '", R"("a'b\nc ")"},
      {"\"a\\\n   b\\x41\\u00e9\\U0001F600\"", "\"abA\xC3\xA9\xF0\x9F\x98\x80\""},
      {"a\r\n b", R"("a b")"},
      {"a: |\n  x\n   y\n\n", R"({"a":"x\n y\n"})"},
      {"a: |-\n  x\n\n", R"({"a":"x"})"},
      {"a: |+\n  x\n\n", R"({"a":"x\n\n"})"},
      {"a: >\n  x\n  y\n\n   z\n  w\n", R"({"a":"x y\n\n z\nw\n"})"},
      {"a: |1\n  x\n", R"({"a":" x\n"})"},
      {"- |\n a\n- b", R"(["a\n","b"])"},
      {"a: |0\n", "error: f.yaml:1:5: not valid yaml: found an indentation indicator equal to 0"},
      {"'a\n--- b'", "error: f.yaml:2:1: not valid yaml: found unexpected document indicator"},
      {"'a", "error: f.yaml:1:3: not valid yaml: found unexpected end of stream"},
  };
  for (const auto& row : rows) CHECK_MESSAGE(read(row.yaml) == row.json, row.yaml);
}

TEST_CASE("one document is expected, and a stream gives all that are not empty") {
  CHECK(read("a: 1\n---\n# nothing\n") == R"({"a":1})");
  CHECK(read("a: 1\n---\nb: 2\n") ==
        "error: f.yaml:3:1: a second document begins here, where one is expected");
  CHECK(read("a: 1\n---\nb: [\n", {.first_document_only = true}) == R"({"a":1})");
  const auto all = yaml::decode_all("---\n---\na: 1\n...\n---\n- 2\n---\n", "f.yaml");
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK(dump_json((*all)[0]) == R"({"a":1})");
  CHECK(dump_json((*all)[1]) == "[2]");
  CHECK(yaml::decode_all("", "f.yaml").value().empty());
}

TEST_CASE("places tell where each value stood") {
  yaml::Places places;
  const auto value =
      yaml::decode_located("name: x\nservices:\n  - name: a\n    image: {tag/v: 1}\n", "f.yaml", places);
  REQUIRE(value);
  CHECK(to_string(places.at("/name")) == "f.yaml:1:1");
  CHECK(to_string(places.at("/services/0")) == "f.yaml:3:5");
  CHECK(to_string(places.at("/services/0/name")) == "f.yaml:3:5");
  CHECK(to_string(places.at("/services/0/image")) == "f.yaml:4:5");
  CHECK(to_string(places.at("/services/0/image/tag~1v")) == "f.yaml:4:13");
  CHECK(places.at("/services/0/image").source_line == "    image: {tag/v: 1}");
  CHECK(to_string(places.at("")) == "f.yaml:1:1");
}
