// time.cpp: calendars of the markets.
//
// date-tz answers from the system's database but walks its rules on every call; here each zone becomes one
// sorted table of offset changes for 1990..2100, made once, so that a conversion on the hot path is a binary
// search.
#include "pipeline-services/core/time.hpp"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <vector>

#include "pipeline-services/core/hash.hpp"
#include "pipeline-services/core/put.hpp"

namespace dpctl::pipeline {
namespace {

constexpr Micros kEarliest = 631'152'000 * kSecond;  // 1990-01-01
constexpr Micros kLatest = 4'102'444'800 * kSecond;  // 2100-01-01

constexpr std::int64_t days_from_civil(int year, int month, int day) {
  const std::int64_t y = year - (month <= 2 ? 1 : 0);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t yoe = y - era * 400;
  const std::int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146'097 + doe - 719'468;
}

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

struct Civil {
  int year, month, day;
};
/// Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022): two
/// multiplications in place of most divisions. For years 0 to 9999, others come out as one of those.
constexpr Civil civil_from_days(std::int64_t days) {
  constexpr std::int64_t kAge = 146'097 * 25;  // the calendar repeats after 400 years
  const std::int64_t since = days + 719'468;
  const auto n =
      static_cast<std::uint32_t>(since >= 0 && since < kAge ? since : since - floor_div(since, kAge) * kAge);
  const std::uint32_t n1 = 4 * n + 3;
  const std::uint32_t century = n1 / 146'097;
  const std::uint32_t n2 = 4 * (n1 % 146'097 / 4) + 3;
  const std::uint64_t product = std::uint64_t{2'939'745} * n2;
  const auto year_of_century = static_cast<std::uint32_t>(product >> 32U);
  const std::uint32_t day_of_year = static_cast<std::uint32_t>(product) / 2'939'745 / 4;
  const std::uint32_t n3 = 2141 * day_of_year + 197'913;
  const std::uint32_t month = n3 >> 16U;
  const bool next_year = day_of_year >= 306;
  return {static_cast<int>(100 * century + year_of_century + (next_year ? 1 : 0)),
          static_cast<int>(next_year ? month - 12 : month), static_cast<int>((n3 & 0xFFFFU) / 2141 + 1)};
}

constexpr int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// From `from` on, local = UTC + offset.
struct Change {
  Micros from;
  Micros offset;
};
using Table = std::vector<Change>;

Table read_zone(const char* name) {
  Table table;
  const auto* zone = date::locate_zone(name);
  Micros at = kEarliest;
  while (at < kLatest) {
    const auto info = zone->get_info(date::sys_seconds(std::chrono::seconds(at / kSecond)));
    const Micros offset = std::chrono::duration_cast<std::chrono::seconds>(info.offset).count() * kSecond;
    if (table.empty() || table.back().offset != offset) table.push_back({at, offset});
    at = std::chrono::duration_cast<std::chrono::seconds>(info.end.time_since_epoch()).count() * kSecond;
  }
  return table;
}

struct Tables {
  std::array<Table, 5> of;
  std::string error;
};

const Tables& tables() {
  static const Tables kTables = [] {
    Tables made;
    made.of[static_cast<std::size_t>(Zone::utc)] = {{kEarliest, 0}};
    made.of[static_cast<std::size_t>(Zone::est)] = {{kEarliest, -5 * kHour}};
    try {
      made.of[static_cast<std::size_t>(Zone::eastern)] = read_zone("America/New_York");
      made.of[static_cast<std::size_t>(Zone::central)] = read_zone("America/Chicago");
      made.of[static_cast<std::size_t>(Zone::pacific)] = read_zone("America/Los_Angeles");
    } catch (const std::exception& e) {
      made.error = e.what();
    }
    return made;
  }();
  return kTables;
}

const Table& table_of(Zone zone) {
  const Table& table = tables().of[static_cast<std::size_t>(zone)];
  if (table.empty()) std::terminate();  // load_time_zones() has told why
  return table;
}

Micros offset_at(const Table& table, Micros utc) {
  auto after = std::upper_bound(table.begin(), table.end(), utc,
                                [](Micros at, const Change& c) { return at < c.from; });
  return after == table.begin() ? table.front().offset : std::prev(after)->offset;
}

std::string text_of(Micros local) {
  std::string text;
  append_iso(text, local);
  text.pop_back();
  return text;
}

Result<Micros> local_to_utc(Zone zone, Micros local, Fold fold) {
  const Table& table = table_of(zone);
  // Offsets in force a day before and after bracket every change by at most one.
  const Micros before = offset_at(table, local - kDay);
  const Micros after = offset_at(table, local + kDay);
  if (before == after) return local - before;
  const Micros early = local - std::max(before, after);
  const Micros late = local - std::min(before, after);
  const bool early_fits = early + offset_at(table, early) == local;
  const bool late_fits = late + offset_at(table, late) == local;
  if (early_fits && late_fits) {
    if (fold == Fold::none)
      return fail(Code::conflict, "local time {} is ambiguous: it occurs twice on the day clocks go back",
                  text_of(local))
          .hint("say which one it is: a repeated-hour flag or an offset");
    return fold == Fold::first ? early : late;
  }
  if (early_fits) return early;
  if (late_fits) return late;
  return fail(Code::not_found, "local time {} does not exist: clocks go forward over it", text_of(local));
}

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return {};
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return {};
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  std::optional<Micros> fraction() {
    Micros value = 0;
    Micros scale = kSecond;
    std::size_t seen = 0;
    while (seen < rest_.size() && rest_[seen] >= '0' && rest_[seen] <= '9') {
      scale /= 10;
      value += (rest_[seen] - '0') * scale;  // digits beyond the sixth add nothing
      ++seen;
    }
    if (seen == 0 || seen > 9) return {};
    rest_.remove_prefix(seen);
    return value;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Failure bad_time(std::string_view text) {
  return fail(Code::failed, "\"{}\" is no ISO 8601 time", text.substr(0, 64));
}

Result<Micros> plausible(Micros at) {
  if (at < kEarliest || at >= kLatest)
    return fail(Code::failed, "time {} us is outside the years 1990 to 2099", at);
  return at;
}

}  // namespace

Result<void> load_time_zones() {
  if (const auto& error = tables().error; !error.empty())
    return fail(Code::failed, "cannot read the time-zone database: {}", error)
        .hint("install tzdata; in an image add /usr/share/zoneinfo");
  return {};
}

std::optional<Micros> as_if_utc(const LocalTime& t) {
  if (t.year < 1990 || t.year > 2099 || t.month < 1 || t.month > 12 || t.day < 1 ||
      t.day > days_in(t.year, t.month))
    return {};
  if (t.hour < 0 || t.hour > 24 || t.minute < 0 || t.minute > 59 || t.second < 0 || t.second > 59) return {};
  if (t.hour == 24 && (t.minute != 0 || t.second != 0)) return {};
  return ((days_from_civil(t.year, t.month, t.day) * 24 + t.hour) * 60 + t.minute) * kMinute +
         t.second * kSecond;
}

Result<Micros> to_utc(Zone zone, const LocalTime& local, Fold fold) {
  const auto flat = as_if_utc(local);
  if (!flat)
    return fail(Code::failed, "{}-{}-{} {}:{}:{} is no date and time", local.year, local.month, local.day,
                local.hour, local.minute, local.second);
  return local_to_utc(zone, *flat, fold);
}

DaySpan local_day(Zone zone, Micros at) {
  const Table& table = table_of(zone);
  const Micros midnight = floor_div(at + offset_at(table, at), kDay) * kDay;
  // No market changes its clocks at midnight, so both midnights exist once.
  const auto utc_of = [&](Micros local) {
    const Micros guess = local - offset_at(table, local - offset_at(table, local));
    return guess;
  };
  return {utc_of(midnight), utc_of(midnight + kDay)};
}

LocalHour local_hour(Zone zone, Micros at) {
  const Table& table = table_of(zone);
  const Micros offset = offset_at(table, at);
  const Micros local = at + offset;
  const auto date = civil_from_days(floor_div(local, kDay));
  const Micros in_day = local - floor_div(local, kDay) * kDay;
  // The second pass over an hour: an hour ago the clock showed the same.
  const bool repeated = at - kHour + offset_at(table, at - kHour) == local;
  return {date.year * 10'000 + date.month * 100 + date.day, static_cast<int>(in_day / kHour) + 1, repeated};
}

namespace {

/// "YYYY-MM-DDTHH:MM:SS" as if it were UTC: what nearly every message has. Nothing when it is anything else.
/// Eight bytes at a time: with the expected text taken away, digits are 0 to 9 and separators 0.
std::optional<Micros> read_usual(const char* text) {
  const auto less = [text](std::size_t at, std::string_view expected) {
    return load_bytes(text + at, 8) ^ load_bytes(expected.data(), 8);
  };
  const auto no_digits = [](std::uint64_t v, std::uint64_t separators) {
    return (((v + 0x0606060606060606U) | v) & 0xF0F0F0F0F0F0F0F0U) | (v & separators);
  };
  const std::uint64_t date = less(0, "0000-00-");
  const std::uint64_t middle = less(8, "00T00:00");
  const std::uint64_t end = less(11, "00:00:00");
  if ((no_digits(date, 0xFF0000FF00000000U) | no_digits(middle, 0x0000FF0000FF0000U) |
       no_digits(end, 0x0000FF0000FF0000U)) != 0)
    return {};
  const auto two = [](std::uint64_t v, unsigned at) {
    return static_cast<int>((v >> (8 * at) & 0xFU) * 10 + (v >> (8 * at + 8) & 0xFU));
  };
  return as_if_utc({two(date, 0) * 100 + two(date, 2), two(date, 5), two(middle, 0), two(middle, 3),
                    two(middle, 6), two(end, 6)});
}

constexpr std::size_t kUsual = 19;

/// Z, offset or nothing, behind a time: in UTC.
Result<Micros> apply_offset(std::string_view text, Cursor in, Micros flat, Micros fraction, Zone zone,
                            Fold fold) {
  if (in.done()) {
    DPCTL_TRY(const Micros utc, local_to_utc(zone, flat, fold));
    return utc + fraction;
  }
  if (in.take('Z')) return in.done() ? Result<Micros>(flat + fraction) : bad_time(text);
  const bool east = in.take('+');
  if (!east && !in.take('-')) return bad_time(text);
  const auto hours = in.digits(2);
  if (!hours) return bad_time(text);
  in.take(':');
  const auto minutes = in.done() ? std::optional<int>(0) : in.digits(2);
  if (!minutes || !in.done() || *hours > 18 || *minutes > 59) return bad_time(text);
  const Micros offset = *hours * kHour + *minutes * kMinute;
  return flat + fraction - (east ? offset : -offset);
}

}  // namespace

Result<Micros> parse_iso(std::string_view text, Zone zone, Fold fold) {
  if (text.size() >= kUsual) {
    if (const auto flat = read_usual(text.data())) {
      Cursor rest(text.substr(kUsual));
      const auto fraction = rest.take('.') ? rest.fraction() : std::optional<Micros>(0);
      return fraction ? apply_offset(text, rest, *flat, *fraction, zone, fold) : bad_time(text);
    }
  }
  Cursor in(text);
  const auto year = in.digits(4);
  if (!year || !in.take('-')) return bad_time(text);
  const auto month = in.digits(2);
  if (!month || !in.take('-')) return bad_time(text);
  const auto day = in.digits(2);
  if (!day) return bad_time(text);
  LocalTime local{*year, *month, *day};
  Micros fraction = 0;
  if (in.take('T') || in.take(' ')) {
    const auto hour = in.digits(2);
    if (!hour || !in.take(':')) return bad_time(text);
    const auto minute = in.digits(2);
    if (!minute) return bad_time(text);
    local.hour = *hour;
    local.minute = *minute;
    if (in.take(':')) {
      const auto second = in.digits(2);
      if (!second) return bad_time(text);
      local.second = *second;
      if (in.take('.')) {
        const auto part = in.fraction();
        if (!part) return bad_time(text);
        fraction = *part;
      }
    }
  }
  const auto flat = as_if_utc(local);
  if (!flat) return bad_time(text);
  return apply_offset(text, in, *flat, fraction, zone, fold);
}

Result<Micros> from_epoch(std::int64_t number) {
  if (number < 0) return fail(Code::failed, "epoch {} lies before 1970", number);
  if (number < 100'000'000'000) return plausible(number * kSecond);
  if (number < 100'000'000'000'000) return plausible(number * 1000);
  if (number < 100'000'000'000'000'000) return plausible(number);
  return plausible(number / 1000);
}

char* print_iso(char* at, Micros time) {
  const std::int64_t days = floor_div(time, kDay);
  const Micros in_day = time - days * kDay;
  const auto date = civil_from_days(days);
  const auto two = [&at](std::int64_t number, char after) {
    at = put_two(at, static_cast<std::uint32_t>(number));
    *at++ = after;
  };
  put_two(at, static_cast<std::uint32_t>(date.year / 100 % 100));
  at += 2;
  two(date.year % 100, '-');
  two(date.month, '-');
  two(date.day, 'T');
  const auto second = static_cast<std::int32_t>(in_day / kSecond);
  two(second / 3600, ':');
  two(second / 60 % 60, ':');
  two(second % 60, 'Z');
  if (const auto fraction = static_cast<std::uint32_t>(in_day % kSecond); fraction != 0) {
    at[-1] = '.';
    at = put_two(at, fraction / 10'000);
    at = put_two(at, fraction / 100 % 100);
    at = put_two(at, fraction % 100);
    while (at[-1] == '0') --at;
    *at++ = 'Z';
  }
  return at;
}

void append_iso(std::string& out, Micros at) {
  char text[kIsoWidth];
  out.append(text, print_iso(text, at));
}

std::string iso(Micros at) {
  std::string text;
  append_iso(text, at);
  return text;
}

}  // namespace dpctl::pipeline
