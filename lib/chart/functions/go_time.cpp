#include "lib/chart/functions/go_time.hpp"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

#include "lib/chart/functions/go_layout.hpp"

namespace dpctl::chart {
namespace {

constexpr std::int64_t kZeroSeconds = -62135596800;

int twelve(int hour) { return hour % 12 == 0 ? 12 : hour % 12; }

std::string fraction_text(const Piece& piece, std::int32_t nanoseconds) {
  auto digits = fmt::format("{:09}", nanoseconds).substr(0, std::min<std::size_t>(piece.text.size() - 1, 9));
  if (piece.part == Part::fraction_nines) {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return "";
  }
  return piece.text[0] + digits;
}

}  // namespace

GoTime GoTime::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  return {
      whole.count(),
      static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - whole).count()),
      0, "UTC"};
}

GoTime GoTime::at(std::int64_t seconds) { return {seconds, 0, 0, "UTC"}; }
GoTime GoTime::zero() { return {kZeroSeconds, 0, 0, "UTC"}; }
bool GoTime::is_zero() const { return seconds == kZeroSeconds && nanoseconds == 0; }

GoTime GoTime::in(const std::string& name) const {
  GoTime out{seconds, nanoseconds, 0, "UTC"};
  if (name.empty() || name == "UTC" || name == "Local") return out;
  try {
    const auto info = date::locate_zone(name)->get_info(date::sys_seconds(std::chrono::seconds(seconds)));
    out.offset = static_cast<std::int32_t>(info.offset.count());
    out.zone = info.abbrev;
  } catch (const std::exception&) {
    // Not a zone: UTC, as Sprig does.
  }
  return out;
}

GoTime GoTime::plus(std::chrono::nanoseconds span) const {
  auto whole = std::chrono::floor<std::chrono::seconds>(span);
  auto rest = static_cast<std::int32_t>((span - whole).count()) + nanoseconds;
  GoTime out = *this;
  out.seconds += whole.count() + rest / 1'000'000'000;
  out.nanoseconds = rest % 1'000'000'000;
  return out;
}

std::chrono::nanoseconds GoTime::since(const GoTime& earlier) const {
  const auto apart = seconds - earlier.seconds;
  constexpr std::int64_t kMost = 9'000'000'000;  // Go's Duration saturates near 292 years
  if (apart > kMost) return std::chrono::nanoseconds::max();
  if (apart < -kMost) return std::chrono::nanoseconds::min();
  return std::chrono::seconds(apart) + std::chrono::nanoseconds(nanoseconds - earlier.nanoseconds);
}

GoTime::Clock GoTime::clock() const {
  const auto local = date::sys_seconds(std::chrono::seconds(seconds + offset));
  const auto midnight = date::floor<date::days>(local);
  const date::year_month_day day(midnight);
  const auto rest = (local - midnight).count();
  Clock clock;
  clock.year = int(day.year());
  clock.month = static_cast<int>(unsigned(day.month()));
  clock.day = static_cast<int>(unsigned(day.day()));
  clock.hour = static_cast<int>(rest / 3600);
  clock.minute = static_cast<int>(rest / 60 % 60);
  clock.second = static_cast<int>(rest % 60);
  clock.week_day = static_cast<int>(date::weekday(midnight).c_encoding());
  clock.year_day = static_cast<int>((midnight - date::sys_days(day.year() / 1 / 1)).count()) + 1;
  return clock;
}

std::string GoTime::format(std::string_view layout) const {
  const auto c = clock();
  std::string out;
  while (!layout.empty()) {
    const auto piece = next_piece(layout);
    layout.remove_prefix(piece.text.size());
    const auto month = kMonths[static_cast<std::size_t>(c.month - 1)];
    const auto day = kDays[static_cast<std::size_t>(c.week_day)];
    switch (piece.part) {
      case Part::text: out += piece.text; break;
      case Part::long_month: out += month; break;
      case Part::month: out += month.substr(0, 3); break;
      case Part::num_month: out += std::to_string(c.month); break;
      case Part::zero_month: out += fmt::format("{:02}", c.month); break;
      case Part::long_day: out += day; break;
      case Part::day_name: out += day.substr(0, 3); break;
      case Part::day: out += std::to_string(c.day); break;
      case Part::under_day: out += fmt::format("{:2}", c.day); break;
      case Part::zero_day: out += fmt::format("{:02}", c.day); break;
      case Part::under_year_day: out += fmt::format("{:3}", c.year_day); break;
      case Part::zero_year_day: out += fmt::format("{:03}", c.year_day); break;
      case Part::hour: out += fmt::format("{:02}", c.hour); break;
      case Part::hour12: out += std::to_string(twelve(c.hour)); break;
      case Part::zero_hour12: out += fmt::format("{:02}", twelve(c.hour)); break;
      case Part::minute: out += std::to_string(c.minute); break;
      case Part::zero_minute: out += fmt::format("{:02}", c.minute); break;
      case Part::second: out += std::to_string(c.second); break;
      case Part::zero_second: out += fmt::format("{:02}", c.second); break;
      case Part::long_year: out += fmt::format("{:04}", c.year); break;
      case Part::year: out += fmt::format("{:02}", c.year % 100); break;
      case Part::upper_pm: out += c.hour >= 12 ? "PM" : "AM"; break;
      case Part::lower_pm: out += c.hour >= 12 ? "pm" : "am"; break;
      case Part::zone_name: out += zone; break;
      case Part::fraction_zeros:
      case Part::fraction_nines: out += fraction_text(piece, nanoseconds); break;
      default: out += zone_text(piece.part, offset);
    }
  }
  return out;
}

}  // namespace dpctl::chart
