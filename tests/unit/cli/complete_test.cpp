#include "cli/app/complete.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using namespace dpctl::cli;

namespace {

std::string ask(std::vector<std::string> words) {
  Env env({.variables = {},
           .out = [](std::string_view) {},
           .err = [](std::string_view) {},
           .directory = {},
           .stop = {}});
  return complete_words(env, words);
}

}  // namespace

TEST_CASE("an empty line offers commands, never hidden ones") {
  const auto answer = ask({""});
  CHECK(answer.find("up\t") != std::string::npos);
  CHECK(answer.find("__complete") == std::string::npos);
  CHECK(answer.ends_with(":4\n"));
}

TEST_CASE("a group offers its verbs") { CHECK(ask({"image", "b"}).starts_with("build\t")); }

TEST_CASE("a flag's value is completed behind a blank and behind an equals sign") {
  CHECK(ask({"version", "-o", "js"}) == "json\n:4\n");
  CHECK(ask({"version", "--output=ya"}) == "--output=yaml\n:4\n");
}

TEST_CASE("a flag that names a file lets the shell complete files") {
  CHECK(ask({"up", "-f", ""}) == ":0\n");
}

TEST_CASE("a global flag before the command does not confuse it") {
  CHECK(ask({"-n", "prod", "image", "b"}).starts_with("build\t"));
}
