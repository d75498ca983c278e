// calendar.cpp: which hours of a market's day are on-peak.
#include "pipeline-services/core/calendar.hpp"

#include <array>

#include "lib/base/strings.hpp"

namespace dpctl::pipeline {
namespace {

struct Row {
  std::string_view market;
  Calendar calendar;
};

constexpr std::array<Row, 8> kRows{{
    {"miso", {Zone::est, 6, 22, false}},
    {"caiso", {Zone::pacific, 6, 22, true}},
    {"ercot", {Zone::central, 6, 22, false}},
    {"spp", {Zone::central, 6, 22, false}},
    {"pjm", {Zone::eastern, 7, 23, false}},
    {"nyiso", {Zone::eastern, 7, 23, false}},
    {"isone", {Zone::eastern, 7, 23, false}},
    {"", {}},
}};

/// The n-th (1…) weekday of a month as a day of the month.
int nth_weekday(int year, int month, int weekday, int n) {
  const int first = weekday_of(year * 10'000 + month * 100 + 1);
  return 1 + (weekday - first + 7) % 7 + (n - 1) * 7;
}

}  // namespace

const Calendar& calendar_of(std::string_view market) {
  std::array<char, 8> folded{};
  std::size_t size = 0;
  for (const char c : market) {
    if (c == '-' || c == '_' || c == ' ') continue;
    if (size == folded.size()) return kRows.back().calendar;
    folded[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const std::string_view wanted(folded.data(), size);
  for (const auto& row : kRows)
    if (row.market == wanted) return row.calendar;
  return kRows.back().calendar;
}

int weekday_of(int yyyymmdd) {
  // Sakamoto's method; the table shifts January and February to the end of the year before.
  constexpr std::array<int, 12> kShift{0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  int year = yyyymmdd / 10'000;
  const int month = yyyymmdd / 100 % 100;
  if (month < 3) --year;
  return (year + year / 4 - year / 100 + year / 400 + kShift[static_cast<std::size_t>(month - 1)] +
          yyyymmdd % 100) %
         7;
}

bool is_nerc_holiday(int yyyymmdd) {
  const int year = yyyymmdd / 10'000, month = yyyymmdd / 100 % 100, day = yyyymmdd % 100;
  const int weekday = weekday_of(yyyymmdd);
  const auto fixed = [&](int in_month, int on_day) {
    return month == in_month && ((day == on_day && weekday != 0) || (day == on_day + 1 && weekday == 1));
  };
  if (fixed(1, 1) || fixed(7, 4) || fixed(12, 25)) return true;
  if (month == 5 && weekday == 1) return day + 7 > 31;                         // last Monday of May
  if (month == 9 && weekday == 1) return day == nth_weekday(year, 9, 1, 1);    // Labor Day
  if (month == 11 && weekday == 4) return day == nth_weekday(year, 11, 4, 4);  // Thanksgiving
  return false;
}

DaySpan peak_block(const Calendar& calendar, Micros at) {
  const DaySpan day = local_day(calendar.zone, at);
  const int date = local_hour(calendar.zone, at).date;
  const int weekday = weekday_of(date);
  const bool working = weekday >= 1 && weekday <= (calendar.saturday ? 6 : 5) && !is_nerc_holiday(date);
  if (!working) return {day.end, day.end};
  // Clocks change at 02:00, before the block begins and after the block of the day before has ended, so the
  // block is sixteen hours of real time, counted back from midnight.
  return {day.end - (24 - calendar.peak_from) * kHour, day.end - (24 - calendar.peak_to) * kHour};
}

}  // namespace dpctl::pipeline
