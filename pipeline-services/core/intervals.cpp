#include "pipeline-services/core/intervals.hpp"

#include <openssl/sha.h>

#include <algorithm>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::pipeline {
namespace {

struct Row {
  std::string_view name;
  std::int32_t seconds;
  int fineness;
};
constexpr std::array<Row, kIntervals> kRows{{{"1m", 60, 3},
                                             {"5m", 300, 2},
                                             {"15m", 900, 1},
                                             {"1h", 3600, 1},
                                             {"1d", 86'400, 0},
                                             {"on_peak", 3600, 0},
                                             {"off_peak", 3600, 0}}};

const Row& row_of(Interval interval) { return kRows[static_cast<std::size_t>(interval)]; }

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

std::string_view name_of(Interval interval) { return row_of(interval).name; }

std::optional<Interval> interval_of(std::string_view name) {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].name == name) return static_cast<Interval>(i);
  return {};
}

std::vector<Interval> default_intervals() { return {Interval::m5, Interval::h1, Interval::d1}; }

std::vector<Interval> all_intervals() {
  std::vector<Interval> all;
  for (std::size_t i = 0; i < kIntervals; ++i) all.push_back(static_cast<Interval>(i));
  return all;
}

Result<std::vector<Interval>> parse_intervals(std::string_view list) {
  std::vector<Interval> intervals;
  for (const auto part : split(list, ',')) {
    const auto interval = interval_of(trim(part));
    if (!interval)
      return fail(Code::usage, "\"{}\" is no bar interval", part)
          .hint("give any of 1m, 5m, 15m, 1h, 1d, on_peak and off_peak, with commas");
    if (std::find(intervals.begin(), intervals.end(), *interval) == intervals.end())
      intervals.push_back(*interval);
  }
  std::sort(intervals.begin(), intervals.end());
  return intervals;
}

std::int32_t seconds_of(Interval interval) { return row_of(interval).seconds; }
int fineness_of(Interval interval) { return row_of(interval).fineness; }

std::optional<DaySpan> window_of(Interval interval, const Calendar& calendar, Micros at) {
  if (interval == Interval::d1) return local_day(calendar.zone, at);
  if (is_block(interval)) {
    const DaySpan peak = peak_block(calendar, at);
    const bool on = at >= peak.start && at < peak.end;
    if (on != (interval == Interval::on_peak)) return {};
    return on ? peak : local_day(calendar.zone, at);
  }
  const Micros length = seconds_of(interval) * kSecond;
  const Micros start = at - ((at % length) + length) % length;
  return DaySpan{start, start + length};
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
