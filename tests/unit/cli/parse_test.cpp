#include "cli/app/parse.hpp"

#include <doctest/doctest.h>

#include "lib/base/strings.hpp"

using namespace dpctl;
using namespace dpctl::cli;

namespace {

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  for (const auto part : split(line, ' '))
    if (!part.empty()) out.emplace_back(part);
  return out;
}

}  // namespace

TEST_CASE("flags work before and after the words of a command") {
  for (const char* line : {"-n prod migrate apply", "migrate -n prod apply", "migrate apply --namespace=prod",
                           "migrate apply -nprod"}) {
    const auto parsed = parse(words(line));
    REQUIRE_MESSAGE(parsed, line);
    CHECK(parsed->command->path == "migrate apply");
    CHECK(parsed->globals.ns == "prod");
  }
}

TEST_CASE("a mistyped command is answered with the nearest one") {
  const auto parsed = parse(words("verfy"));
  REQUIRE(!parsed);
  CHECK(parsed.error().code == Code::usage);
  CHECK(parsed.error().what == "unknown command \"verfy\"");
  CHECK(parsed.error().hints.front() == "did you mean verify?");
}

TEST_CASE("a mistyped flag is answered with the nearest one") {
  const auto parsed = parse(words("up --fil x"));
  REQUIRE(!parsed);
  CHECK(parsed.error().what == "unknown flag --fil");
  CHECK(join(parsed.error().hints, "\n").find("did you mean --file?") != std::string::npos);
}

TEST_CASE("a group without a verb is not an error, and names the group") {
  const auto parsed = parse(words("migrate"));
  REQUIRE(parsed);
  CHECK(parsed->command == nullptr);
  CHECK(parsed->group == "migrate");
}

TEST_CASE("a missing argument names itself, but not when help was asked for") {
  CHECK(parse(words("image build")).error().what == "argument PROGRAM is missing");
  CHECK(parse(words("image build --help")));
}

TEST_CASE("a value outside the choices is refused with the choices") {
  const auto parsed = parse(words("version -o jsn"));
  REQUIRE(!parsed);
  CHECK(parsed.error().what == "--output cannot be \"jsn\"");
  CHECK(parsed.error().hints.front() == "one of: table, json, yaml, name");
}

TEST_CASE("a repeatable flag takes one word each time and leaves arguments alone") {
  const auto parsed = parse(words("version --as-group a --as-group b"));
  REQUIRE(parsed);
  CHECK(parsed->globals.as_groups == std::vector<std::string>{"a", "b"});
  CHECK(!parse(words("version --as-group a b")));
}

TEST_CASE("the last of a repeated value wins") {
  CHECK(parse(words("version -o json -o yaml"))->globals.output == "yaml");
}

TEST_CASE("a command's own short flag wins over the global one, whose long name stays") {
  const auto parsed = parse(words("chart template web ./web -s templates/a.yaml --server https://there"));
  REQUIRE(parsed);
  CHECK(parsed->globals.server == "https://there");
  CHECK(parse(words("status -s https://there"))->globals.server == "https://there");
}

TEST_CASE("Helm's global flags are taken by the chart verbs and by no other") {
  CHECK(parse(words("chart list --debug --qps 5 --repository-cache there"))->globals.repository_cache == "there");
  CHECK(parse(words("chart list --kube-context here --kube-token t"))->globals.token == "t");
  CHECK(parse(words("up --qps 5")).error().what == "unknown flag --qps");
}
