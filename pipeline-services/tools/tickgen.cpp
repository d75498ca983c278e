// tickgen.cpp: the workload of the benchmarks. Integers only, but for Zipf's weights, so that a seed means
// the same bytes everywhere.
#include "pipeline-services/tools/tickgen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pipeline-services/core/contract/topics.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::array<Market, TickGenerator::kMarkets> kGenerated{Market::miso, Market::caiso, Market::ercot,
                                                                 Market::pjm, Market::nyiso};
constexpr std::array<std::string_view, TickGenerator::kMarkets> kLower{"miso", "caiso", "ercot", "pjm",
                                                                       "nyiso"};
constexpr std::array<std::string_view, 4> kStatus{"open", "closed", "pre_open_auction", "regulation_up"};
constexpr std::size_t kRemembered = 4096;

/// Shares, of 100,000.
constexpr std::uint64_t kAll = 100'000, kNegative = 500, kZero = 100, kLate = 1000, kVeryLate = 50,
                        kDuplicate = 200, kCorrection = 100, kMalformed = 100;

std::uint64_t split_mix(std::uint64_t& seed) {
  std::uint64_t z = seed += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

Micros begin_of(TickDay day) {
  switch (day) {
    case TickDay::spring: return *parse_iso("2025-03-09T05:00:00Z");
    case TickDay::autumn: return *parse_iso("2025-11-02T04:00:00Z");
    case TickDay::plain: break;
  }
  return *parse_iso("2026-06-15T00:00:00Z");
}

/// "2025-11-02T01:30:00-05:00": as a market that goes by its own clocks writes it.
std::string local_text(Zone zone, Micros at) {
  const auto local = local_hour(zone, at);
  const Micros utc_hour = at / kHour % 24;
  const Micros behind = (utc_hour - (local.hour_ending - 1) + 24) % 24;
  std::string text = iso(at - behind * kHour);
  text.pop_back();
  return text + fmt::format("-{:02}:00", behind);
}

}  // namespace

TickGenerator::TickGenerator(TickgenOptions options) : options_(std::move(options)) {
  std::uint64_t seed = options_.seed;
  for (auto& word : state_) word = split_mix(seed);
  if (options_.begin == 0) options_.begin = begin_of(options_.day);
  const std::size_t all = kMarkets * kInstruments;
  double total = 0;
  for (std::size_t rank = 1; rank <= all; ++rank) total += std::pow(static_cast<double>(rank), -1.1);
  double sum = 0;
  for (std::size_t i = 0; i < all; ++i) {
    sum += std::pow(static_cast<double>(i + 1), -1.1) / total;
    cumulative_.push_back(static_cast<std::uint64_t>(std::ldexp(std::min(sum, 1.0), 63)));
    const auto market = facts(kGenerated[i % kMarkets]).name;
    const std::size_t number = i / kMarkets;
    Instrument instrument;
    instrument.cents = static_cast<std::int64_t>(1500 + below(6000));
    instrument.id = fmt::format("{}.RT5M.NODE.{:04}", market, number);
    instrument.node = fmt::format("{:04}_{}_{}KV{:.{}}", number, "SUBSTATION", 69 + 46 * below(8),
                                  "_UNIT_OF_A_LARGE_PLANT", static_cast<int>(below(22)));
    instrument.zone = fmt::format("ZONE_{:02}", number % 40);
    instruments_.push_back(std::move(instrument));
  }
}

/// xoshiro256**.
std::uint64_t TickGenerator::random() {
  const auto rotate = [](std::uint64_t x, unsigned k) { return (x << k) | (x >> (64U - k)); };
  auto& s = state_;
  const std::uint64_t result = rotate(s[1] * 5, 7) * 9;
  const std::uint64_t shifted = s[1] << 17U;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return result;
}

std::size_t TickGenerator::choose() {
  const std::uint64_t point = random() >> 1U;
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), point);
  return std::min(static_cast<std::size_t>(found - cumulative_.begin()), instruments_.size() - 1);
}

std::string_view TickGenerator::topic() const {
  static const auto kNames = [] {
    std::array<std::string, kMarkets> names;
    for (std::size_t i = 0; i < kMarkets; ++i) names[i] = contract::raw_topic(kLower[i]);
    return names;
  }();
  return kNames[market_];
}

void TickGenerator::write(std::size_t index, Micros at, std::int64_t cents) {
  const Instrument& instrument = instruments_[index];
  const Zone zone = facts(kGenerated[market_]).zone;
  const auto money = [](std::int64_t c) { return to_string(Fixed{c * 1'000'000}); };
  const std::string when = options_.day == TickDay::plain ? iso(at) : local_text(zone, at);
  const std::string id = fmt::format("{:016x}{:016x}", random(), random());
  value_.clear();
  fmt::format_to(
      std::back_inserter(value_),
      R"({{"envelope":{{"event_type":"{}","event_id":"{}","timestamp":"{}","tenant_id":"{}","source":"ingestion.{}",)"
      R"("version":"1.0","correlation_id":"{}-{}","causation_id":null,"metadata":{{"adapter":"{}-adapter"{}}}}},)"
      R"("payload":{{"market":"{}","instrument_id":"{}","raw_data":{{"timestamp":"{}","price":{},"volume":{},)"
      R"("bid":{},"ask":{},"last_trade_time":"{}","node":"{}","zone":"{}")",
      contract::kRawEvent, id, iso(at + 250'000), options_.tenant, kLower[market_], id.substr(0, 8),
      id.substr(8, 8), kLower[market_], options_.backfill ? R"(,"backfill":true)" : "", kLower[market_],
      instrument.id, when, money(cents), money(static_cast<std::int64_t>(below(50'000))), money(cents - 5),
      money(cents + 5), when, instrument.node, instrument.zone);
  if (kGenerated[market_] == Market::caiso)
    fmt::format_to(std::back_inserter(value_), R"(,"hub":"TH_{}_GEN-APND")", instrument.zone);
  fmt::format_to(std::back_inserter(value_), R"(,"market_status":"{}"}}}}}})",
                 kStatus[below(kStatus.size())]);
}

/// Six ways in which a message can be broken.
void TickGenerator::spoil() {
  const auto change = [&](std::string_view from, std::string_view to) {
    if (const auto at = value_.find(from); at != value_.npos) value_.replace(at, from.size(), to);
  };
  switch (below(6)) {
    case 0: value_.resize(value_.size() / 2); break;    // cut short
    case 1: change("\"price\":", "\"prize\":"); break;  // no price
    case 2: change("\"price\":", "\"price\":\"NaN\",\"was\":"); break;
    case 3: change("\"raw_data\":{\"timestamp\":\"2", "\"raw_data\":{\"timestamp\":\"x"); break;
    case 4: change("\"market\":", "\"bazaar\":"); break;
    default: change("\"node\":\"", "\"node\":\"\xFF"); break;  // bytes that are not UTF-8
  }
}

void TickGenerator::next() {
  const Micros now = options_.begin + static_cast<Micros>(counts_.messages) * options_.step;
  ++counts_.messages;
  const std::uint64_t lot = below(kAll);
  if (said_.size() == kRemembered && lot < kDuplicate + kCorrection) {
    Said& old = said_[below(kRemembered)];
    market_ = old.instrument % kMarkets;
    key_ = instruments_[old.instrument].id;
    if (lot < kDuplicate) {
      ++counts_.duplicates;
      value_ = old.value;
    } else {
      ++counts_.corrections;
      old.cents += 1 + static_cast<std::int64_t>(below(100));
      write(old.instrument, old.at, old.cents);
      old.value = value_;
    }
    return;
  }
  const std::size_t index = choose();
  market_ = index % kMarkets;
  Instrument& instrument = instruments_[index];
  key_ = instrument.id;
  instrument.cents =
      std::clamp<std::int64_t>(instrument.cents + static_cast<std::int64_t>(below(101)) - 50, 500, 25'000);
  Said said{index, now, instrument.cents};
  const std::uint64_t price_lot = below(kAll);
  if (price_lot < kNegative) {
    ++counts_.negative;
    said.cents = -said.cents / 10;
  } else if (price_lot < kNegative + kZero) {
    ++counts_.zero;
    said.cents = 0;
  }
  const std::uint64_t time_lot = below(kAll);
  // Odd microseconds, so that no two messages of an instrument are about one time by chance.
  if (time_lot < kLate) {
    ++counts_.late;
    said.at -= static_cast<Micros>(below(300'000) * 1000 + 1 + below(998));
  } else if (time_lot < kLate + kVeryLate) {
    ++counts_.very_late;
    said.at -= static_cast<Micros>((300'000 + below(86'100'000)) * 1000 + 1 + below(998));
  }
  write(index, said.at, said.cents);
  if (below(kAll) < kMalformed) {
    ++counts_.malformed;
    spoil();
    return;
  }
  said.value = value_;
  if (said_.size() < kRemembered)
    said_.push_back(std::move(said));
  else
    said_[counts_.messages % kRemembered] = std::move(said);
}

}  // namespace dpctl::pipeline
