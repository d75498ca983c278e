#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

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
  Arena arena;
  bool answers = true;
  std::chrono::milliseconds answers_after{0};
  std::atomic<int> questions{0};
  std::vector<std::size_t> used;  ///< by call: how many ticks the bars were made of
  Restorer restorer = make();

  Restorer make() {
    return Restorer([this](const StoredRange&) -> Result<std::shared_ptr<const StoredTicks>> {
      ++questions;
      std::this_thread::sleep_for(answers_after);
      if (!answers) return fail(Code::failed, "no answer").retryable();
      Decoder decoder;
      auto found = std::make_shared<StoredTicks>();
      for (const auto& message : stored) found->ticks.push_back(*decoder.enriched(message, arena));
      return found;
    });
  }
  /// One correction for each of the series, `apart` from one another; the store has them.
  void correct(std::initializer_list<const char*> series, Micros apart) {
    for (const auto* one : series)
      stored.push_back(test::enriched(one, kNoon + apart * static_cast<Micros>(stored.size()), 5000, 1));
    for (const auto& message : stored) restorer.want(0, message, test::kNow);
  }
  /// Until everything that may be asked at that time is answered.
  Result<void> ask(Micros now) {
    for (int quiet = 0; quiet < 20; quiet = restorer.asking() ? 0 : quiet + 1) {
      DPCTL_CHECK(restorer.each(now, [&](const Restored& restored) -> Result<void> {
        used.push_back(restored.said.stored.size());
        return {};
      }));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
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

TEST_CASE(
    "corrections of one series are one question, whatever their days, and each day gets its own ticks") {
  Stand stand;
  for (int i = 0; i < 5; ++i)
    stand.stored.push_back(test::enriched("A", kNoon + i * 300 * kSecond, 5000, 1));
  stand.stored.push_back(test::enriched("A", kNoon + 48 * kHour, 5000, 1));
  for (const auto& message : stand.stored) stand.restorer.want(0, message, test::kNow);
  CHECK(stand.restorer.waiting() == 2);
  REQUIRE(stand.ask(test::kNow));
  CHECK(stand.used == std::vector<std::size_t>{5, 1});
  CHECK(stand.questions == 1);
}

TEST_CASE("after an answer that changed bars it rests, also when the clock is set back") {
  Stand stand;
  stand.correct({"A", "B"}, 24 * kHour);
  REQUIRE(stand.ask(test::kNow));
  REQUIRE(stand.ask(test::kNow + kLater / 2));
  CHECK(stand.used.size() == 1);
  REQUIRE(stand.ask(test::kNow - kHour));
  CHECK(stand.used.size() == 2);
}

TEST_CASE("after an answer that took long it rests for four times as long") {
  Stand stand;
  stand.correct({"A", "B"}, 24 * kHour);
  stand.answers_after = std::chrono::milliseconds(500);
  REQUIRE(stand.ask(test::kNow));
  CHECK(stand.used.size() == 1);
  REQUIRE(stand.ask(test::kNow + 2 * kSecond - kSecond / 10));
  CHECK(stand.used.size() == 1);
  stand.answers_after = std::chrono::milliseconds(0);
  REQUIRE(stand.ask(test::kNow + kHour));
  CHECK(stand.used.size() == 2);
}

TEST_CASE("what the store said is repeated without asking it, and once") {
  Stand before, after;
  before.correct({"A", "B"}, kSecond);
  std::vector<std::pair<std::string, Micros>> days;
  REQUIRE(before.restorer.each(test::kNow, [](const Restored&) -> Result<void> { return {}; }));
  while (before.restorer.waiting() > 0)
    REQUIRE(before.restorer.each(test::kNow, [&](const Restored& restored) -> Result<void> {
      days.emplace_back(restored.said.series, restored.said.day);
      return {};
    }));
  REQUIRE(days.size() == 2);

  for (const auto& message : before.stored) after.restorer.want(0, message, test::kNow);
  Decoder decoder;
  const std::vector<EnrichedTick> stored{*decoder.enriched(before.stored[1], after.arena)};
  const auto repeat = [&] {
    return after.restorer.repeat(0, {days[1].first, days[1].second, stored},
                                 [&](const Restored& restored) -> Result<void> {
                                   CHECK(restored.said.stored.size() == 1);
                                   REQUIRE(restored.changed.size() == 1);
                                   CHECK(restored.changed[0].tick_id == stored[0].tick_id);
                                   after.used.push_back(restored.said.stored.size());
                                   return {};
                                 });
  };
  REQUIRE(repeat());
  REQUIRE(repeat());
  CHECK(after.used.size() == 1);
  CHECK(after.restorer.waiting() == 1);
  CHECK(after.questions == 0);
}

TEST_CASE("a decision is read back as it was taken, and a damaged one is refused") {
  Decoder decoder;
  Arena arena;
  const auto clock = read_decision(decision_bytes(ClockPassed{kNoon}), decoder, arena);
  REQUIRE(clock);
  CHECK(std::get<ClockPassed>(*clock).now == kNoon);

  const auto message = test::enriched("A", kNoon, 5000, 1);
  const auto bytes = decision_bytes(StoreSaid{"default|A", kNoon, {*decoder.enriched(message, arena)}});
  const auto said = read_decision(bytes, decoder, arena);
  REQUIRE(said);
  CHECK(decision_bytes(std::get<StoreSaid>(*said)) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const bool nothing_stored = size == 8 + 8 + std::string_view("default|A").size() + 8;
    CHECK(read_decision(bytes.substr(0, size), decoder, arena).has_value() == nothing_stored);
  }
  CHECK_FALSE(read_decision(decision_bytes(ClockPassed{kNoon}) + "x", decoder, arena));
}

TEST_CASE("several series of one day are one question, and each gets its own ticks of the answer") {
  Stand stand;
  stand.correct({"A", "B", "B", "C"}, kSecond);
  REQUIRE(stand.ask(test::kNow));
  CHECK(stand.used == std::vector<std::size_t>{1, 2, 1});
  CHECK(stand.questions == 1);
}

TEST_CASE("days of a series are one question also while another series of such a day waits for the store") {
  Stand stand;
  stand.restorer.want(0, test::enriched("B", kNoon, 5000, 1), test::kNow);
  REQUIRE(stand.ask(test::kNow));
  for (int day = 0; day < 3; ++day)
    stand.stored.push_back(test::enriched("A", kNoon + day * 24 * kHour, 5000, 1));
  for (const auto& message : stand.stored) stand.restorer.want(0, message, test::kNow);
  REQUIRE(stand.ask(test::kNow + 1));
  CHECK(stand.used == std::vector<std::size_t>{1, 1, 1});
  CHECK(stand.questions == 2);
}

TEST_CASE("the answer for a partition that went meanwhile is dropped") {
  Stand stand;
  stand.stored = {test::enriched("A", kNoon, 5000, 1)};
  stand.restorer.want(0, stand.stored[0], test::kNow);
  REQUIRE(stand.restorer.each(test::kNow, [](const Restored&) -> Result<void> { return {}; }));
  stand.restorer.forget(0);
  REQUIRE(stand.ask(test::kNow));
  CHECK(stand.used.empty());
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
