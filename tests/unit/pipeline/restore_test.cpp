#include <doctest/doctest.h>

#include "pipeline-services/aggregation/restore.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::runtime;

namespace {

constexpr Micros kNoon = 1'767'614'400 * kSecond;  // 2026-01-05T12:00:00Z
constexpr Micros kLater = kSecond;                // between two questions to the store

/// A store in memory, and a restorer that reads it.
struct Stand {
  std::vector<std::string> stored;
  bool answers = true;
  std::vector<std::size_t> used;  ///< by call: how many ticks the bars were made of
  Restorer restorer = make();

  Restorer make() {
    return Restorer([this](const StoredRange&, const Restorer::Use& use) -> Result<void> {
      if (!answers) return fail(Code::failed, "no answer").retryable();
      Decoder decoder;
      Arena arena;
      std::vector<EnrichedTick> ticks;
      for (const auto& message : stored) ticks.push_back(*decoder.enriched(message, arena));
      return use(ticks);
    });
  }
  Result<void> ask(Micros now) {
    return restorer.each(now, [&](const Restored& restored) -> Result<void> {
      used.push_back(restored.stored.size());
      return {};
    });
  }
};

}  // namespace

TEST_CASE("a correction waits until the store has it, so that its bars are made once and of all that came before it") {
  Stand stand;
  stand.restorer.want(0, test::enriched("A", kNoon, 5000, 1), test::kNow);
  stand.stored = {test::enriched("A", kNoon, 4000, 0)};  // what it corrects
  REQUIRE(stand.ask(test::kNow));
  CHECK(stand.used.empty());
  stand.stored = {test::enriched("A", kNoon, 5000, 1), test::enriched("A", kNoon - 300 * kSecond, 1, 0)};
  REQUIRE(stand.ask(test::kNow + 1));  // too soon to ask again
  CHECK(stand.used.empty());
  REQUIRE(stand.ask(test::kNow + kLater));
  CHECK(stand.used == std::vector<std::size_t>{2});
  stand.stored.push_back(test::enriched("A", kNoon + 300 * kSecond, 1, 0));
  REQUIRE(stand.ask(test::kNow + 2 * kLater));
  CHECK(stand.used.size() == 1);
  CHECK(stand.restorer.waiting() == 0);
}

TEST_CASE("corrections of one series and day are one question, those of another day another") {
  Stand stand;
  for (int i = 0; i < 5; ++i)
    stand.stored.push_back(test::enriched("A", kNoon + i * 300 * kSecond, 5000, 1));
  stand.stored.push_back(test::enriched("A", kNoon + 48 * kHour, 5000, 1));
  for (const auto& message : stand.stored) stand.restorer.want(0, message, test::kNow);
  CHECK(stand.restorer.waiting() == 2);
  REQUIRE(stand.ask(test::kNow));
  CHECK(stand.used.size() == 2);
}

TEST_CASE("what waits is in the snapshot of its partition and of no other") {
  Stand before, after;
  const auto message = test::enriched("A", kNoon, 5000, 1);
  before.restorer.want(3, message, test::kNow);
  before.restorer.want(4, test::enriched("B", kNoon, 5000, 1), test::kNow);
  REQUIRE(after.restorer.restore(3, before.restorer.snapshot(3), test::kNow));
  CHECK(after.restorer.snapshot(3) == before.restorer.snapshot(3));
  CHECK(after.restorer.snapshot(4).empty());
  after.stored = {message};
  REQUIRE(after.ask(test::kNow));
  CHECK(after.used.size() == 1);
  CHECK(after.restorer.snapshot(3).empty());
  CHECK_FALSE(after.restorer.restore(3, before.restorer.snapshot(3).substr(0, 50), test::kNow));
}

TEST_CASE("a store that does not answer delays corrections, and one that never gets them does not hold them for ever") {
  Stand stand;
  stand.restorer.want(0, test::enriched("A", kNoon, 5000, 1), test::kNow);
  stand.answers = false;
  CHECK_FALSE(stand.ask(test::kNow));
  CHECK(stand.restorer.waiting() == 1);
  stand.answers = true;
  REQUIRE(stand.ask(test::kNow + 30 * kSecond));
  CHECK(stand.used.empty());
  REQUIRE(stand.ask(test::kNow + 61 * kSecond));
  CHECK(stand.used == std::vector<std::size_t>{0});
}
