#include "lib/data/glob.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

namespace {
bool matches(std::string_view pattern, std::string_view path) {
  return Glob::parse(pattern).value().matches(path);
}
}  // namespace

TEST_CASE("one star stays within a folder, two do not") {
  CHECK(matches("*.yaml", "a.yaml"));
  CHECK(!matches("*.yaml", "conf/a.yaml"));
  CHECK(matches("**.yaml", "conf/a.yaml"));
  CHECK(matches("conf/**", "conf/a/b.txt"));
  CHECK(matches("conf/*/b", "conf/x/b"));
  CHECK(!matches("conf/*/b", "conf/x/y/b"));
  CHECK(matches("**", ""));
}

TEST_CASE("question marks, sets and braces match as in gobwas") {
  CHECK(matches("a?c", "abc"));
  CHECK(!matches("a?c", "a/c"));
  CHECK(matches("?", "é"));
  CHECK(matches("[a-c]x", "bx"));
  CHECK(!matches("[!a-c]x", "bx"));
  CHECK(matches("*.{yaml,yml}", "a.yml"));
  CHECK(matches("{a,b{c,d}}", "bd"));
  CHECK(!matches("{a,b}", "c"));
  CHECK(matches("\\*", "*"));
  CHECK(!matches("\\*", "a"));
}

TEST_CASE("a broken or exploding pattern is refused") {
  CHECK(!Glob::parse("[a"));
  CHECK(!Glob::parse("{a"));
  CHECK(!Glob::parse("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));
}

TEST_CASE("many stars do not make matching slow") {
  CHECK(!matches(std::string(200, '*') + "a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}
