#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"
#include "lib/data/yaml_writer.hpp"

using namespace dpctl;

namespace {

// The expected texts were written by sigs.k8s.io/yaml 1.6.0; tests/differential/yaml compares many thousands
// more.
std::string write(std::string_view json) { return yaml::encode(parse_json(json, "test").value()); }

}  // namespace

TEST_CASE("maps and lists are blocks, empty ones are not, and a list is not indented under its key") {
  CHECK(write(R"({"a":{"b":[1,{"c":2,"d":[[]]}],"e":{}},"f":[]})") ==
        "a:\n  b:\n  - 1\n  - c: 2\n    d:\n    - []\n  e: {}\nf: []\n");
  CHECK(write("[[1,2],[[3]]]") == "- - 1\n  - 2\n- - - 3\n");
  CHECK(write("null") == "null\n");
  CHECK(write("\"\"") == "\"\"\n");
}

TEST_CASE("text that YAML 1.1 would read as something else is quoted") {
  for (const char* text :
       {"yes", "n", "null", "~", "1", "0x1", "1_000", ".5", "+1", "2001-01-01", "1:30", "1e3", ".inf"})
    CHECK(write("\"" + std::string(text) + "\"") == "\"" + std::string(text) + "\"\n");
  for (const char* text : {"abc", "v1.2.3", "0x", "1e999", "2001-13-01", "a:b", "http://h/p?q", "-a", "12e"})
    CHECK(write("\"" + std::string(text) + "\"") == std::string(text) + "\n");
}

TEST_CASE("text with indicators is quoted with the fewest marks that serve") {
  CHECK(write(R"(["*.example.com","a: b","a #b","- a","'a'"," a","@x","{{ x }}"])") ==
        "- '*.example.com'\n- 'a: b'\n- 'a #b'\n- '- a'\n- '''a'''\n- ' a'\n- '@x'\n- '{{ x }}'\n");
  CHECK(write(R"(["a\tb","\u0001","é","😀"])") == "- \"a\\tb\"\n- \"\\x01\"\n- é\n- \"\\U0001F600\"\n");
}

TEST_CASE("text with line feeds is a literal block that keeps its end") {
  CHECK(write(R"({"a":"x\ny\n","b":"x\ny","c":"x\n\n","d":" x\ny","e":"x \ny"})") ==
        "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\ne: \"x \\ny\"\n");
}

TEST_CASE("a document that ends in kept line feeds has no end mark") {
  CHECK(write(R"({"a":"x\n\n"})") == "a: |+\n  x\n\n");
  CHECK(write(R"(["...\n"])") == "- |\n  ...\n");
}

TEST_CASE("long text is folded after column 80, in keys never") {
  const std::string words =
      "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg hhhhhhhhh iiiiiiiii";
  CHECK(write("{\"k\":\"" + words + "\"}") ==
        "k: aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg hhhhhhhhh\n  iiiiiiiii\n");
  CHECK(write("{\"" + words + "\":1}") == words + ": 1\n");
  const std::string longer(129, 'k');
  CHECK(write("{\"" + longer + "\":[1]}") == "? " + longer + "\n: - 1\n");
}

TEST_CASE("numbers are written as Marshal writes what came through JSON") {
  CHECK(write("[1000000,1e6,1.5,1e-7,1e20,1e21,123456789.5,-0.0,18446744073709551615,1e15]") ==
        "- 1000000\n- 1000000\n- 1.5\n- 1e-07\n- 1e+20\n- 1e+21\n- 1.234567895e+08\n- 0\n- "
        "18446744073709551615\n- "
        "1000000000000000\n");
}

TEST_CASE("keys are in natural order") {
  CHECK(write(R"({"b":1,"aB":1,"a10":1,"a9":1,"a.b":1,"a-b":1,"a":1,"Z":1,"10":1,"9":1,"_x":1,"y":1})") ==
        "_x: 1\n\"9\": 1\n\"10\": 1\nZ: 1\na: 1\na-b: 1\na.b: 1\na9: 1\na10: 1\naB: 1\nb: 1\n\"y\": 1\n");
}

TEST_CASE("bytes that are not UTF-8 become replacement characters") {
  CHECK(yaml::encode(Json("a\xFF")) == "a\xEF\xBF\xBD\n");
}

TEST_CASE("what Marshal spoils is written so that it reads back") {
  for (const std::string text : {"\x7F", "\xC2\x85", "a\xC2\x85 b", "\xC2\x80"}) {
    const auto back = yaml::decode(yaml::encode(Json(text)), "back");
    REQUIRE(back);
    CHECK(back->get<std::string>() == text);
  }
}

TEST_CASE("a large flat document is written in linear time") {
  Json object = Json::object();
  for (int i = 0; i < 50'000; ++i) object["key" + std::to_string(i)] = "value " + std::to_string(i);
  const std::string text = yaml::encode(object);
  CHECK(text.size() > 1'000'000);
  CHECK(yaml::decode(text, "back").value() == object);
}
