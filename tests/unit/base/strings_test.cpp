#include "lib/base/strings.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

TEST_CASE("split keeps empty parts") {
  CHECK(split("a,,b", ',').size() == 3);
  CHECK(split("", ',').size() == 1);
}

TEST_CASE("trim removes blanks at both ends only") {
  CHECK(trim(" \ta b\r\n") == "a b");
  CHECK(trim(" \n").empty());
}

TEST_CASE("only well-formed UTF-8 counts as UTF-8") {
  CHECK(is_utf8("Montréal 中 😀"));
  CHECK(!is_utf8("\xc0\xaf"));          // overlong
  CHECK(!is_utf8("\xed\xa0\x80"));      // surrogate
  CHECK(!is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK(!is_utf8("\xe4\xb8"));          // cut short
}

TEST_CASE("a near word is suggested, a far one is not") {
  const std::vector<std::string> commands{"deploy", "status", "verify", "migrate"};
  CHECK(suggestions("depoly", commands) == std::vector<std::string>{"deploy"});
  CHECK(did_you_mean("verfy", commands) == "did you mean verify?");
  CHECK(did_you_mean("xyzzy", commands).empty());
}
