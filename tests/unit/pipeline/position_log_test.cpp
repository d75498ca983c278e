#include "pipeline-services/runtime/position_log.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

namespace {

const io::TopicPartition kFirst{"ticks", 0}, kSecond{"ticks", 1};

runtime::PositionLog log_of(const std::vector<std::pair<std::string, std::string>>& records) {
  runtime::PositionLog log("", "positions", "stage-test");
  for (const auto& [key, value] : records) log.add(key, value);
  return log;
}

}  // namespace

TEST_CASE("an entry of the group that is noted otherwise is put right, with where the sinks are") {
  const auto log = log_of({{"stage-test/ticks/0", "100 "}, {"stage-test/ticks/0", "140 stored=120"}});
  std::vector<io::Position> given{{kFirst, 90, "stored=80,noted"}, {kSecond, 7, "noted"}};
  CHECK(log.correct(given) == 1);
  CHECK(given[0].offset == 140);
  CHECK(given[0].metadata == "stored=120");
  CHECK(given[1].offset == 7);
  CHECK(given[1].metadata.empty());
}

TEST_CASE("an entry that is noted as it is stays, without the mark") {
  const auto log = log_of({{"stage-test/ticks/0", "140 stored=120"}, {"stage-test/ticks/1", "9 "}});
  std::vector<io::Position> given{{kFirst, 140, "stored=120,noted"}, {kSecond, 9, "noted"}};
  CHECK(log.correct(given) == 0);
  CHECK(given[0].metadata == "stored=120");
  CHECK(given[1].metadata.empty());
}

TEST_CASE("where somebody else set the group's offset, there it begins") {
  const auto log = log_of({{"stage-test/ticks/0", "140 "}, {"stage-test/ticks/1", "140 "}});
  std::vector<io::Position> given{{kFirst, 20, ""}, {kSecond, 30, "stored=25"}};
  CHECK(log.correct(given) == 0);
  CHECK(given[0].offset == 20);
  CHECK(given[1].offset == 30);
  CHECK(given[1].metadata == "stored=25");
}

TEST_CASE("an entry that the group does not have is missed, until it is believed that there is none") {
  const auto log = log_of({{"stage-test/ticks/0", "140 "}});
  std::vector<io::Position> given{{kFirst, -1, ""}, {kSecond, -1, ""}};
  CHECK(log.has_more_than(given));
  CHECK(!log.has_more_than(std::span(given).last(1)));
  CHECK(log.correct(given) == 0);
  CHECK(given[0].offset == -1);
}

TEST_CASE("records of other groups, and those that are no positions, say nothing") {
  const auto log = log_of({{"stage-test.green/ticks/0", "140 "},
                           {"stage-te/ticks/0", "140 "},
                           {"stage-test/ticks", "140 "},
                           {"stage-test/ticks/0/1", "140 "},
                           {"stage-test/ticks/x", "140 "},
                           {"stage-test/ticks/-1", "140 "},
                           {"stage-test/ticks/0", "140"},
                           {"stage-test/ticks/0", "-140 "},
                           {"stage-test/ticks/0", "99999999999999999999 "},
                           {"", ""}});
  std::vector<io::Position> given{{kFirst, -1, ""}, {kFirst, 3, "noted"}};
  CHECK(!log.has_more_than(given));
  CHECK(log.correct(given) == 0);
}
