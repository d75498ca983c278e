#include "pipeline-services/runtime/progress.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using runtime::Progress;

namespace {

const io::TopicPartition kAt{"ticks", 3};

io::Position committed(std::int64_t offset, std::string metadata = "") {
  return {.at = kAt, .offset = offset, .metadata = std::move(metadata)};
}

}  // namespace

TEST_CASE("a partition begins where the sinks are, not where Kafka is") {
  Progress progress;
  CHECK(progress.begin(committed(120, "stored=100")) == 100);
  CHECK(progress.find(kAt)->committed == 120);
  CHECK(progress.begin(committed(120)) == 120);
  CHECK(progress.begin(committed(-1)) == -1);
}

TEST_CASE("metadata of another program, or beyond the offset, says nothing") {
  CHECK(runtime::decode_stored(120, "NONE") == 120);
  CHECK(runtime::decode_stored(120, "stored=") == 120);
  CHECK(runtime::decode_stored(120, "stored=12x") == 120);
  CHECK(runtime::decode_stored(120, "stored=-4") == 120);
  CHECK(runtime::decode_stored(120, "stored=999") == 120);
  CHECK(runtime::encode_stored(120, 120).empty());
  CHECK(runtime::decode_stored(120, runtime::encode_stored(120, 7)) == 7);
}

TEST_CASE("a commit before the sinks have followed carries their mark, the next one after them does not") {
  Progress progress;
  progress.begin(committed(100));
  progress.find(kAt)->next = 150;
  auto positions = progress.positions(false);
  REQUIRE(positions.size() == 1);
  CHECK(positions[0].offset == 150);
  CHECK(positions[0].metadata == "stored=100");
  progress.written(positions);
  CHECK(!progress.dirty());
  CHECK(progress.unstored());

  progress.stored(progress.mark());
  CHECK(progress.dirty());
  positions = progress.positions(false);
  CHECK(positions[0].metadata.empty());
  progress.written(positions);
  CHECK(!progress.dirty());
}

TEST_CASE("while records are read again the committed offset stays") {
  Progress progress;
  progress.find(kAt);
  auto start = progress.begin(committed(120, "stored=100"));
  auto& state = *progress.find(kAt);
  state.start = start;
  CHECK(progress.replaying());
  state.next = 110;
  CHECK(progress.replaying());
  CHECK(state.offset() == 120);
  state.next = 120;
  CHECK(!progress.replaying());
}

TEST_CASE("a partition whose stage reads nothing again is not replaying") {
  Progress progress;
  progress.find(kAt);
  progress.begin(committed(120));
  progress.find(kAt)->start = 120;
  CHECK(!progress.replaying());
}

TEST_CASE("what rows come from is named by topic, partition and offsets") {
  Progress progress;
  progress.begin(committed(100));
  progress.find(kAt)->next = 150;
  CHECK(progress.sources() == "ticks/3:100-149");
  progress.stored(progress.mark());
  CHECK(progress.sources().empty());
}

TEST_CASE("what a group without offsets read first is missing in the sinks until it is stored") {
  Progress progress;
  const io::TopicPartition at{"raw", 0};
  CHECK(progress.begin({.at = at, .offset = -1, .metadata = ""}) == -1);
  auto* state = progress.find(at);
  state->begins_at(7);
  state->next = 19;
  const auto positions = progress.positions(true);
  REQUIRE(positions.size() == 1);
  // A crash here: the next process reads from the first record, not from the committed one.
  CHECK(Progress().begin(positions.front()) == 7);
  progress.stored(progress.mark());
  CHECK(Progress().begin(progress.positions(true).front()) == 19);
}
