#include "lib/kube/time.hpp"

#include <fmt/format.h>

namespace dpctl::kube {
namespace {

/// Reads exactly `digits` decimal digits; -1 when there are none.
int number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool eat(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::nanoseconds> fraction(std::string_view& text) {
  std::int64_t value = 0;
  std::int64_t scale = 1'000'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (scale == 1) continue;  // finer than a nanosecond
    scale /= 10;
    value += scale * (text[digits] - '0');
  }
  text.remove_prefix(digits);
  if (digits == 0) return std::nullopt;
  return std::chrono::nanoseconds(value);
}

std::optional<std::chrono::minutes> offset(std::string_view& text) {
  if (eat(text, 'Z') || eat(text, 'z')) return std::chrono::minutes(0);
  const bool minus = !text.empty() && text.front() == '-';
  if (!minus && (text.empty() || text.front() != '+')) return std::nullopt;
  text.remove_prefix(1);
  const int hours = number(text, 2);
  if (!eat(text, ':')) return std::nullopt;
  const int minutes = number(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return std::chrono::minutes((minus ? -1 : 1) * (hours * 60 + minutes));
}

}  // namespace

std::optional<WallTime> parse_time(std::string_view text) {
  using namespace std::chrono;
  const int y = number(text, 4);
  if (!eat(text, '-')) return std::nullopt;
  const int mo = number(text, 2);
  if (!eat(text, '-')) return std::nullopt;
  const int d = number(text, 2);
  if (!eat(text, 'T') && !eat(text, 't') && !eat(text, ' ')) return std::nullopt;
  const int h = number(text, 2);
  if (!eat(text, ':')) return std::nullopt;
  const int mi = number(text, 2);
  if (!eat(text, ':')) return std::nullopt;
  const int s = number(text, 2);
  nanoseconds part{0};
  if (eat(text, '.')) {
    const auto read = fraction(text);
    if (!read) return std::nullopt;
    part = *read;
  }
  const auto zone = offset(text);
  if (!zone || !text.empty() || y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 ||
      s > 60)
    return std::nullopt;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  // The clock counts nanoseconds and ends in 2262; credentials that never expire say 9999.
  if (y > 2261) return WallTime::max();
  if (y < 1678) return WallTime::min();
  return time_point_cast<WallTime::duration>(sys_days(date) + hours(h) + minutes(mi) - *zone + seconds(s) +
                                             part);
}

std::string format_micro_time(WallTime time) {
  using namespace std::chrono;
  const auto since_second = time - floor<seconds>(time);
  std::string text = format_time(time);
  text.pop_back();
  return fmt::format("{}.{:06}Z", text, duration_cast<microseconds>(since_second).count());
}

std::string format_time(WallTime time) {
  using namespace std::chrono;
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(floor<seconds>(time) - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace dpctl::kube
