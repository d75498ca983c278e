// What must hold for any input: seeded, so that a failure can be repeated.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "pipeline-services/core/fifo_map.hpp"
#include "pipeline-services/tools/tickgen.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;

namespace {

std::vector<std::string> generated(std::uint64_t seed, std::size_t count, TickDay day = TickDay::plain) {
  TickgenOptions options;
  options.seed = seed;
  options.day = day;
  options.step = 25 * kHour / static_cast<Micros>(count);
  TickGenerator ticks(options);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count; ++i) {
    ticks.next();
    values.emplace_back(ticks.value());
  }
  return values;
}

std::string all_of(const NormalizeOutput& out) {
  std::string bytes;
  for (std::size_t i = 0; i < out.messages.size(); ++i) {
    bytes += out.messages.key(i);
    bytes += out.messages.value(i);
  }
  for (std::size_t i = 0; i < out.dead.size(); ++i) bytes += out.dead.value(i);
  return bytes;
}

}  // namespace

TEST_CASE("however a stream is cut into batches, its normalised bytes and the state are the same") {
  for (const auto day : {TickDay::plain, TickDay::spring, TickDay::autumn}) {
    const auto values = generated(11, 6000, day);
    const auto messages = messages_of(values);
    NormalizeOutput whole;
    Normalizer first;
    first.run(messages, kNow, whole);
    REQUIRE(whole.counts.out > 5000);
    REQUIRE(whole.counts.dead > 0);
    std::mt19937 random(5);
    for (int round = 0; round < 4; ++round) {
      NormalizeOutput parts;
      Normalizer second;
      for (std::size_t at = 0; at < messages.size();) {
        const std::size_t size =
            std::min<std::size_t>(1 + random() % (round == 0 ? 1 : 700), messages.size() - at);
        second.run({messages.data() + at, size}, kNow, parts);
        at += size;
      }
      std::string expected;
      std::string got;
      for (std::size_t i = 0; i < whole.messages.size(); ++i) expected += whole.messages.value(i);
      for (std::size_t i = 0; i < parts.messages.size(); ++i) got += parts.messages.value(i);
      CHECK(expected == got);
      CHECK(all_of(whole) == all_of(parts));
      CHECK(first.snapshot() == second.snapshot());
    }
  }
}

TEST_CASE("a stream that comes twice adds nothing the second time but dead letters") {
  const auto values = generated(3, 3000);
  Normalizer normalizer;
  NormalizeOutput out;
  normalizer.run(messages_of(values), kNow, out);
  // Without corrections, whose old value would be news again.
  std::vector<std::string> steady;
  for (const auto& message : messages_of(values)) {
    Normalizer alone;
    NormalizeOutput one;
    alone.run({&message, 1}, kNow, one);
    if (one.dead.size() == 0) steady.emplace_back(message.value);
  }
  NormalizeOutput again;
  normalizer.run(messages_of(steady), kNow, again);
  CHECK(again.counts.out == again.counts.corrections);
  CHECK(again.counts.corrections <= 3 * out.counts.corrections);
}

TEST_CASE("what is written is read again as it was, whatever the texts hold") {
  std::mt19937 random(9);
  const auto text = [&] {
    constexpr std::string_view kPieces[]{"a", "\"",      "\\", "\n", "\x01", "ü",
                                         "€", "NODE_12", " ",  "/",  "{",    "x\ty"};
    std::string out;
    for (auto left = random() % 9; left > 0; --left) out += kPieces[random() % std::size(kPieces)];
    return out + "z";
  };
  Decoder decoder;
  for (int round = 0; round < 500; ++round) {
    const std::string location = text(), symbol = text(), tenant = text(), id = text();
    Tick tick;
    tick.tenant = tenant;
    tick.market = "MISO";
    tick.product = "RT5M";
    tick.location = location;
    tick.symbol = symbol;
    tick.instrument_id = id;
    tick.tick_id = id;
    tick.event_time = tick.interval_start = static_cast<Micros>(random()) * 1000 + 1;
    tick.price = Fixed{static_cast<std::int64_t>(random()) * 1000 - 2'000'000'000'000};
    if (round % 2 == 0) tick.volume = Fixed{static_cast<std::int64_t>(random())};
    tick.revision = static_cast<std::int64_t>(random() % 5);
    tick.quality = static_cast<quality::Mask>(random() % 8192);
    std::string message;
    append_normalized(message, tick);
    CHECK(nlohmann::json::accept(message));
    Arena arena;
    const auto read = decoder.normalized(message, arena);
    REQUIRE(read.has_value());
    CHECK(read->location == tick.location);
    CHECK(read->symbol == tick.symbol);
    CHECK(read->tenant == tick.tenant);
    CHECK(read->tick_id == tick.tick_id);
    CHECK(read->price == tick.price);
    CHECK(read->volume == tick.volume);
    CHECK(read->quality == tick.quality);
    CHECK(read->event_time == tick.event_time);
  }
}

TEST_CASE("the map that forgets the oldest does as a plain map and a queue do") {
  std::mt19937 random(1);
  FifoMap<std::uint32_t, int> map(100);
  std::map<std::uint32_t, int> plain;
  std::vector<std::uint32_t> order;
  for (int i = 0; i < 20'000; ++i) {
    const auto key = static_cast<std::uint32_t>(random() % 400);
    const std::uint64_t hash = key % 37;  // many keys share a hash
    int* found = map.find(hash, key);
    REQUIRE((found != nullptr) == plain.contains(key));
    if (found != nullptr) {
      CHECK(*found == plain[key]);
      continue;
    }
    map.add(hash, key) = i;
    plain[key] = i;
    order.push_back(key);
    if (plain.size() > 100) {
      plain.erase(order.front());
      order.erase(order.begin());
    }
    CHECK(map.entry(0).key == order.front());
    CHECK(map.size() == plain.size());
  }
}

TEST_CASE("the generator keeps its shares and its seed") {
  CHECK(generated(7, 500) == generated(7, 500));
  CHECK(generated(7, 500) != generated(8, 500));
  TickgenOptions options;
  options.seed = 2;
  TickGenerator ticks(options);
  std::size_t bytes = 0;
  for (int i = 0; i < 50'000; ++i) {
    ticks.next();
    bytes += ticks.value().size();
  }
  const auto& counts = ticks.counts();
  CHECK(bytes / 50'000 > 593);
  CHECK(bytes / 50'000 < 633);
  CHECK(counts.negative > 180);
  CHECK(counts.late > 400);
  CHECK(counts.duplicates > 60);
  CHECK(counts.corrections > 20);
  CHECK(counts.malformed > 20);
}
