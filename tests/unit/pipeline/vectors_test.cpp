// The rules of normalisation as a table: vectors/normalize.jsonl. Each line has a stable id, the rule in
// words, an input, and what of the payload it fixes.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;
using Json = nlohmann::json;

namespace {

std::string message_of(const Json& step, const Json& vector) {
  if (step.contains("raw")) return step["raw"].get<std::string>();
  return raw(step["market"].get<std::string>(), step["data"].dump(),
             vector.value("instrument", std::string("TEST.ONE")));
}

void check(const Json& step, const NormalizeOutput& out, std::size_t ticks_before, std::size_t dead_before) {
  if (step.contains("dead")) {
    REQUIRE(out.dead.size() == dead_before + 1);
    CHECK(out.dead.issue(dead_before) == step["dead"].get<std::string>());
    return;
  }
  REQUIRE_MESSAGE(out.dead.size() == dead_before, out.dead.value(dead_before));
  if (step.value("dropped", false)) {
    CHECK(out.messages.size() == ticks_before);
    return;
  }
  REQUIRE(out.messages.size() == ticks_before + 1);
  const auto payload = Json::parse(out.messages.value(ticks_before))["payload"];
  if (!step.contains("expect")) return;
  for (const auto& [name, wanted] : step["expect"].items()) {
    CAPTURE(name);
    CHECK(payload.value(name, Json()).dump() == wanted.dump());
  }
}

}  // namespace

TEST_CASE("every rule of normalisation holds for its vector") {
  std::ifstream file(DPCTL_SOURCE_DIR "/tests/unit/pipeline/vectors/normalize.jsonl");
  REQUIRE(file);
  std::set<std::string> ids;
  for (std::string line; std::getline(file, line);) {
    const auto vector = Json::parse(line);
    const auto id = vector["id"].get<std::string>();
    CAPTURE(id);
    CHECK_MESSAGE(ids.insert(id).second, "the id is there twice");
    Normalizer normalizer;
    NormalizeOutput out;
    const auto take = [&](const Json& step) {
      const auto ticks = out.messages.size();
      const auto dead = out.dead.size();
      const std::vector<std::string> values{message_of(step, vector)};
      normalizer.run(messages_of(values), kNow, out);
      check(step, out, ticks, dead);
    };
    if (vector.contains("steps"))
      for (const auto& step : vector["steps"]) take(step);
    else
      take(vector);
  }
  CHECK(ids.size() >= 80);
}
