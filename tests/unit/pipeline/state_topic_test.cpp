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

void feed(SnapshotAssembler& assembler, const std::vector<std::pair<std::string, std::string>>& messages) {
  for (const auto& [key, value] : messages) assembler.add(key, value);
}

}  // namespace

TEST_CASE("a snapshot of several pieces is put together in any order") {
  const Snapshot snapshot{.offset = 42, .state = state_of(1'300'000, 'a')};
  auto messages = cut("3", 1, snapshot);
  CHECK(messages.size() == 3);
  std::reverse(messages.begin(), messages.end());
  SnapshotAssembler assembler;
  feed(assembler, messages);
  const auto found = assembler.newest();
  REQUIRE(found.contains("3"));
  CHECK(found.at("3").offset == 42);
  CHECK(found.at("3").state == snapshot.state);
}

TEST_CASE("of a newer snapshot that is half written the older one holds") {
  SnapshotAssembler assembler;
  feed(assembler, cut("0", 1, {.offset = 10, .state = state_of(10, 'a')}));
  auto newer = cut("0", 2, {.offset = 20, .state = state_of(600'000, 'b')});
  newer.pop_back();
  feed(assembler, newer);
  CHECK(assembler.newest().at("0").offset == 10);
  CHECK(assembler.last_ids().at("0") == 2);
}

TEST_CASE("the pieces of two snapshots in a row have different keys") {
  const auto first = cut("0", 1, {.offset = 1, .state = "x"});
  const auto second = cut("0", 2, {.offset = 2, .state = "y"});
  CHECK(first.front().first != second.front().first);
}

TEST_CASE("damaged pieces are ignored") {
  SnapshotAssembler assembler;
  auto messages = cut("0", 1, {.offset = 1, .state = "hello"});
  messages.front().second.back() = 'X';
  feed(assembler, messages);
  for (const auto* value : {"", "no line", "1 2 3\n", "a b c d e\n", "1 2 5 2 sha\n"})
    assembler.add("0/0/0", value);
  CHECK(assembler.newest().empty());
}

TEST_CASE("an empty state is a snapshot too") {
  SnapshotAssembler assembler;
  feed(assembler, cut("7", 1, {.offset = 5, .state = ""}));
  CHECK(assembler.newest().at("7").offset == 5);
}
