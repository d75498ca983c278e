#include <doctest/doctest.h>

#include "pipeline-services/tools/dead_letters.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

DeadLetter round_trip(std::string_view key, std::string_view value,
                      std::span<const std::pair<std::string_view, std::string_view>> headers = {}) {
  DeadLetters letters;
  letters.add({.topic = "ingestion.miso.raw.v1",
               .partition = 3,
               .offset = 41,
               .key = key,
               .value = value,
               .headers = headers},
              "normalization", {fault::kValidation, "invalid_time", "no \"time\""}, test::kNow);
  const auto letter = read_dead_letter(letters.value(0));
  REQUIRE(letter.has_value());
  return *letter;
}

}  // namespace

TEST_CASE("key, bytes and headers come back from a dead letter as they were, whatever they hold") {
  const std::string bytes("\x00\xff\"\\{\n", 6);
  const std::pair<std::string_view, std::string_view> headers[]{
      {"trace", "a\"b"}, {"trace", bytes}, {"\xff", ""}};
  const auto letter = round_trip(bytes, "{\"price\": \"NaN\"}", headers);
  CHECK(letter.key == bytes);
  CHECK(letter.value == "{\"price\": \"NaN\"}");
  REQUIRE(letter.headers.size() == 3);
  CHECK(letter.headers[0] == std::pair<std::string, std::string>("trace", "a\"b"));
  CHECK(letter.headers[1].second == bytes);
  CHECK(letter.headers[2].first == "\xff");
  CHECK(letter.topic == "ingestion.miso.raw.v1");
  CHECK(letter.partition == 3);
  CHECK(letter.offset == 41);
  CHECK(letter.stage == "normalization");
  CHECK(letter.issue == "invalid_time");
  CHECK(letter.occurred_at == test::kNow);
  CHECK(round_trip("k", bytes).value == bytes);
}

TEST_CASE("a message that is sent again carries one try more") {
  const std::pair<std::string_view, std::string_view> headers[]{{"a", "b"}, {"retry_count", "2"}};
  const auto letter = round_trip("k", "x", headers);
  CHECK(letter.retry_count == 2);
  const auto again = replay_headers(letter);
  REQUIRE(again.size() == 2);
  CHECK(again[0].first == "a");
  CHECK(again[1] == std::pair<std::string, std::string>("retry_count", "3"));
}

TEST_CASE("a filter narrows by each of its parts") {
  const auto letter = round_trip("k", "x");
  CHECK(LetterFilter{}.empty());
  CHECK(LetterFilter{}.matches(letter, 7));
  CHECK(LetterFilter{.issue = "invalid_time"}.matches(letter, 7));
  CHECK_FALSE(LetterFilter{.issue = "missing_price"}.matches(letter, 7));
  CHECK_FALSE(LetterFilter{.topic = "ingestion.pjm.raw.v1"}.matches(letter, 7));
  CHECK_FALSE(LetterFilter{.key = "other"}.matches(letter, 7));
  CHECK(LetterFilter{.since = test::kNow}.matches(letter, 7));
  CHECK_FALSE(LetterFilter{.until = test::kNow}.matches(letter, 7));
  CHECK(LetterFilter{.offsets = {6, 7}}.matches(letter, 7));
  CHECK_FALSE(LetterFilter{.offsets = {6}}.matches(letter, 7));
}

TEST_CASE("what is no dead letter is told apart") {
  CHECK_FALSE(read_dead_letter("{}").has_value());
  CHECK_FALSE(read_dead_letter("rubbish").has_value());
}
