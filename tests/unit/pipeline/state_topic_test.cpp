#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline-services/aggregation/state_topic.hpp"

using namespace dpctl::runtime;

namespace {

std::string state_of(std::size_t size, char seed) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(seed + static_cast<char>(i % 7));
  return bytes;
}

void feed(StateAssembler& assembler, const std::vector<std::pair<std::string, std::string>>& messages) {
  for (const auto& [key, value] : messages) assembler.add(key, value);
}

}  // namespace

TEST_CASE("a snapshot of several pieces is put together in any order") {
  const Snapshot snapshot{.offset = 42, .state = state_of(1'300'000, 'a')};
  auto messages = cut("3", 1, snapshot);
  CHECK(messages.size() == 3);
  std::reverse(messages.begin(), messages.end());
  StateAssembler assembler;
  feed(assembler, messages);
  const auto found = assembler.newest().snapshots;
  REQUIRE(found.contains("3"));
  CHECK(found.at("3").offset == 42);
  CHECK(found.at("3").state == snapshot.state);
}

TEST_CASE("of a newer snapshot that is half written the older one holds") {
  StateAssembler assembler;
  feed(assembler, cut("0", 1, {.offset = 10, .state = state_of(10, 'a')}));
  auto newer = cut("0", 2, {.offset = 20, .state = state_of(600'000, 'b')});
  newer.pop_back();
  feed(assembler, newer);
  CHECK(assembler.newest().snapshots.at("0").offset == 10);
  CHECK(assembler.last_ids().at("0") == 2);
}

TEST_CASE("the pieces of two snapshots in a row have different keys") {
  const auto first = cut("0", 1, {.offset = 1, .state = "x"});
  const auto second = cut("0", 2, {.offset = 2, .state = "y"});
  CHECK(first.front().first != second.front().first);
}

TEST_CASE("damaged pieces are ignored") {
  StateAssembler assembler;
  auto messages = cut("0", 1, {.offset = 1, .state = "hello"});
  messages.front().second.back() = 'X';
  feed(assembler, messages);
  for (const auto* value : {"", "no line", "1 2 3\n", "a b c d e\n", "1 2 5 2 sha\n"})
    assembler.add("0/0/0", value);
  CHECK(assembler.newest().snapshots.empty());
}

TEST_CASE("an empty state is a snapshot too") {
  StateAssembler assembler;
  feed(assembler, cut("7", 1, {.offset = 5, .state = ""}));
  CHECK(assembler.newest().snapshots.at("7").offset == 5);
}

TEST_CASE("decisions that the newest complete snapshot does not have come in their order") {
  StateAssembler assembler;
  const auto long_one = state_of(600'000, 'd');
  feed(assembler, cut("3", {.number = 3, .offset = 30, .what = long_one}));
  feed(assembler, cut("3", {.number = 2, .offset = 20, .what = "two"}));
  feed(assembler, cut("3", {.number = 1, .offset = 10, .what = "one"}));
  feed(assembler, cut("4", {.number = 1, .offset = 7, .what = "other"}));
  CHECK(assembler.newest().later.at("3").size() == 3);
  CHECK(assembler.newest().snapshots.empty());

  feed(assembler, cut("3", 1, {.offset = 15, .state = "s", .decided = 1}));
  auto half = cut("3", 2, {.offset = 25, .state = state_of(600'000, 'b'), .decided = 2});
  half.pop_back();
  feed(assembler, half);
  const auto states = assembler.newest();
  const auto& later = states.later.at("3");
  REQUIRE(later.size() == 2);
  CHECK(later[0].number == 2);
  CHECK(later[0].what == "two");
  CHECK(later[1].offset == 30);
  CHECK(later[1].what == long_one);
  CHECK(states.later.at("4").size() == 1);
}

TEST_CASE("a decision with a missing piece is none, and its name is no snapshot's") {
  StateAssembler assembler;
  auto messages = cut("3", {.number = 1, .offset = 10, .what = state_of(600'000, 'd')});
  REQUIRE(messages.size() == 2);
  messages.pop_back();
  feed(assembler, messages);
  CHECK(assembler.newest().later.empty());
  CHECK(assembler.newest().snapshots.empty());
  CHECK(assembler.last_ids().empty());
}

TEST_CASE("a snapshot of before there were decisions has none") {
  StateAssembler assembler;
  auto messages = cut("3", 1, {.offset = 42, .state = "state"});
  auto& value = messages.front().second;
  value.erase(value.find(" 0\n"), 2);
  feed(assembler, messages);
  REQUIRE(assembler.newest().snapshots.contains("3"));
  CHECK(assembler.newest().snapshots.at("3").decided == 0);
}
