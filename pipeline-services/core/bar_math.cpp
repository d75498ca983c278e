#include "pipeline-services/core/bar_math.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::pipeline {
namespace {

// Bits that depend on the order of arrival say something about the delivery, not about the bar.
constexpr quality::Mask kOfArrival = quality::kLateArrival | quality::kDuplicate | quality::kPriceSpike |
                                     quality::kCorrected | quality::kFutureTimestamp;

constexpr std::array<std::string_view, 3> kNames{"5m", "1h", "1d"};

using Uuid = std::array<unsigned char, 16>;

/// RFC 9562 5.5.
Uuid uuid5(const Uuid& space, std::string_view name) {
  std::string bytes(reinterpret_cast<const char*>(space.data()), space.size());
  bytes += name;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  Uuid uuid{};
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0FU) | 0x50U);
  uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3FU) | 0x80U);
  return uuid;
}

const Uuid& bar_namespace() {
  constexpr Uuid kUrl{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                      0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  static const Uuid kBars = uuid5(kUrl, "https://data-processing/namespaces/aggregation/bar");
  return kBars;
}

}  // namespace

std::string_view name_of(Interval interval) { return kNames[static_cast<std::size_t>(interval)]; }

std::optional<Interval> interval_of(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Interval>(i);
  return {};
}

std::vector<Interval> all_intervals() { return {Interval::m5, Interval::h1, Interval::d1}; }

Result<std::vector<Interval>> parse_intervals(std::string_view list) {
  std::vector<Interval> intervals;
  for (const auto part : split(list, ',')) {
    const auto interval = interval_of(trim(part));
    if (!interval)
      return fail(Code::usage, "\"{}\" is no bar interval", part)
          .hint("give any of 5m, 1h and 1d, with commas");
    if (std::find(intervals.begin(), intervals.end(), *interval) == intervals.end())
      intervals.push_back(*interval);
  }
  std::sort(intervals.begin(), intervals.end());
  return intervals;
}

std::int32_t seconds_of(Interval interval) {
  constexpr std::array<std::int32_t, 3> kSeconds{300, 3600, 86'400};
  return kSeconds[static_cast<std::size_t>(interval)];
}

DaySpan window_of(Interval interval, Zone zone, Micros at) {
  if (interval == Interval::d1) return local_day(zone, at);
  const Micros length = seconds_of(interval) * kSecond;
  const Micros start = at - ((at % length) + length) % length;
  return {start, start + length};
}

bool fill_bar(Bar& bar, std::span<const Observation> observations) {
  const Observation* first = nullptr;
  const Observation* last = nullptr;
  Int128 weighted = 0, weights = 0, turnover = 0, volume = 0;
  bool any_volume = false;
  bar.tick_count = bar.excluded_count = 0;
  bar.quality = 0;
  bar.bid_close = bar.ask_close = bar.vwap = bar.volume = std::nullopt;
  const auto add_weight = [&](const Observation& held, Micros until) {
    const Int128 weight = held.length > 0 ? held.length * kSecond : until - held.time;
    weighted += weight * held.price.units;
    weights += weight;
  };
  for (const auto& seen : observations) {
    if (!seen.counts()) {
      ++bar.excluded_count;
      continue;
    }
    if (first == nullptr) {
      first = &seen;
      bar.high = bar.low = seen.price;
    }
    if (last != nullptr) add_weight(*last, seen.time);
    last = &seen;
    bar.high = std::max(bar.high, seen.price);
    bar.low = std::min(bar.low, seen.price);
    if (seen.volume) {
      any_volume = true;
      volume += seen.volume->units;
      turnover += static_cast<Int128>(seen.price.units) * seen.volume->units;
    }
    if (seen.bid) bar.bid_close = seen.bid;
    if (seen.ask) bar.ask_close = seen.ask;
    bar.quality |= seen.quality & ~kOfArrival;
    ++bar.tick_count;
  }
  if (first == nullptr) return false;
  add_weight(*last, bar.end);
  bar.open = first->price;
  bar.close = last->price;
  bar.first_time = first->time;
  bar.last_time = last->time;
  bar.twap = weights > 0 ? Fixed{divide_rounded(weighted, weights)} : bar.close;
  if (any_volume) bar.volume = Fixed{static_cast<std::int64_t>(volume)};
  if (volume > 0) bar.vwap = Fixed{divide_rounded(turnover, volume)};
  return true;
}

std::string aggregation_id(std::string_view instrument, std::string_view tenant, Interval interval,
                           Micros start) {
  std::string name(instrument);
  name += "::";
  name += tenant;
  name += "::";
  name += name_of(interval);
  name += "::";
  append_iso(name, start);
  const Uuid uuid = uuid5(bar_namespace(), name);
  std::string text = to_hex({reinterpret_cast<const char*>(uuid.data()), uuid.size()});
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace dpctl::pipeline
