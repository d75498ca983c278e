#include "lib/chart/functions/go_time.hpp"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <exception>

namespace dpctl::chart {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::int64_t kZeroSeconds = -62135596800;

enum class Part {
  text,
  long_month,
  month,
  num_month,
  zero_month,
  long_day,
  day_name,
  day,
  under_day,
  zero_day,
  under_year_day,
  zero_year_day,
  hour,
  hour12,
  zero_hour12,
  minute,
  zero_minute,
  second,
  zero_second,
  long_year,
  year,
  upper_pm,
  lower_pm,
  zone_name,
  iso_zone,
  iso_colon_zone,
  iso_short_zone,
  iso_seconds_zone,
  iso_colon_seconds_zone,
  num_zone,
  num_seconds_zone,
  num_short_zone,
  num_colon_zone,
  num_colon_seconds_zone,
  fraction_zeros,
  fraction_nines,
};

struct Piece {
  Part part = Part::text;
  std::string_view text{};  ///< as it stands in the layout
};

struct Known {
  std::string_view text;
  Part part;
};

// Longer spellings before their prefixes.
constexpr std::array kKnown{
    Known{"January", Part::long_month},
    Known{"Jan", Part::month},
    Known{"Monday", Part::long_day},
    Known{"Mon", Part::day_name},
    Known{"MST", Part::zone_name},
    Known{"002", Part::zero_year_day},
    Known{"01", Part::zero_month},
    Known{"02", Part::zero_day},
    Known{"03", Part::zero_hour12},
    Known{"04", Part::zero_minute},
    Known{"05", Part::zero_second},
    Known{"06", Part::year},
    Known{"15", Part::hour},
    Known{"1", Part::num_month},
    Known{"2006", Part::long_year},
    Known{"2", Part::day},
    Known{"__2", Part::under_year_day},
    Known{"_2006", Part::text},
    Known{"_2", Part::under_day},
    Known{"3", Part::hour12},
    Known{"4", Part::minute},
    Known{"5", Part::second},
    Known{"PM", Part::upper_pm},
    Known{"pm", Part::lower_pm},
    Known{"-07:00:00", Part::num_colon_seconds_zone},
    Known{"-070000", Part::num_seconds_zone},
    Known{"-07:00", Part::num_colon_zone},
    Known{"-0700", Part::num_zone},
    Known{"-07", Part::num_short_zone},
    Known{"Z07:00:00", Part::iso_colon_seconds_zone},
    Known{"Z070000", Part::iso_seconds_zone},
    Known{"Z07:00", Part::iso_colon_zone},
    Known{"Z0700", Part::iso_zone},
    Known{"Z07", Part::iso_short_zone},
};

/// The next piece of a layout: plain text up to a known part, or the part.
Piece next_piece(std::string_view layout) {
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const auto rest = layout.substr(i);
    const auto found = [&]() -> std::optional<Piece> {
      if ((rest[0] == '.' || rest[0] == ',') && rest.size() > 1 && (rest[1] == '0' || rest[1] == '9')) {
        auto end = rest.find_first_not_of(rest[1], 1);
        if (end == std::string_view::npos) end = rest.size();
        const bool digit_follows = end < rest.size() && rest[end] >= '0' && rest[end] <= '9';
        if (!digit_follows)
          return Piece{rest[1] == '0' ? Part::fraction_zeros : Part::fraction_nines, rest.substr(0, end)};
        return std::nullopt;
      }
      for (const auto& known : kKnown) {
        if (!rest.starts_with(known.text)) continue;
        if (known.text == "Jan" && rest.size() > 3 && rest[3] >= 'a' && rest[3] <= 'z') continue;
        if (known.text == "Mon" && rest.size() > 3 && rest[3] >= 'a' && rest[3] <= 'z') continue;
        if (known.text == "_2006") return Piece{Part::text, rest.substr(0, 1)};
        return Piece{known.part, known.text};
      }
      return std::nullopt;
    }();
    if (!found) continue;
    if (i > 0) return {Part::text, layout.substr(0, i)};
    return *found;
  }
  return {Part::text, layout};
}

int twelve(int hour) { return hour % 12 == 0 ? 12 : hour % 12; }

std::string zone_text(Part part, std::int32_t offset) {
  const bool iso = part == Part::iso_zone || part == Part::iso_colon_zone || part == Part::iso_short_zone ||
                   part == Part::iso_seconds_zone || part == Part::iso_colon_seconds_zone;
  if (iso && offset == 0) return "Z";
  const char sign = offset < 0 ? '-' : '+';
  const int size = std::abs(offset);
  const int hours = size / 3600;
  const int minutes = size / 60 % 60;
  switch (part) {
    case Part::iso_short_zone:
    case Part::num_short_zone: return fmt::format("{}{:02}", sign, hours);
    case Part::iso_colon_zone:
    case Part::num_colon_zone: return fmt::format("{}{:02}:{:02}", sign, hours, minutes);
    case Part::iso_colon_seconds_zone:
    case Part::num_colon_seconds_zone:
      return fmt::format("{}{:02}:{:02}:{:02}", sign, hours, minutes, size % 60);
    case Part::iso_seconds_zone:
    case Part::num_seconds_zone: return fmt::format("{}{:02}{:02}{:02}", sign, hours, minutes, size % 60);
    default: return fmt::format("{}{:02}{:02}", sign, hours, minutes);
  }
}

std::string fraction_text(const Piece& piece, std::int32_t nanoseconds) {
  auto digits = fmt::format("{:09}", nanoseconds).substr(0, std::min<std::size_t>(piece.text.size() - 1, 9));
  if (piece.part == Part::fraction_nines) {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return "";
  }
  return piece.text[0] + digits;
}

/// What parsing gathers.
struct Fields {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int32_t nanoseconds = 0, offset = 0;
  std::string zone = "UTC";
  int pm = -1;
};

/// Reads parts of a text from left to right.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool read(const Piece& piece, Fields& to) {
    switch (piece.part) {
      case Part::text: return literal(piece.text);
      case Part::long_year: return digits(4, 4, to.year);
      case Part::year:
        if (!digits(2, 2, to.year)) return false;
        to.year += to.year >= 69 ? 1900 : 2000;
        return true;
      case Part::long_month: return name(kMonths, 0, to.month);
      case Part::month: return name(kMonths, 3, to.month);
      case Part::num_month: return digits(1, 2, to.month);
      case Part::zero_month: return digits(2, 2, to.month);
      case Part::long_day: return name(kDays, 0, ignored_);
      case Part::day_name: return name(kDays, 3, ignored_);
      case Part::under_day:
        if (rest_.starts_with(' ')) rest_.remove_prefix(1);
        return digits(1, 2, to.day);
      case Part::day: return digits(1, 2, to.day);
      case Part::zero_day: return digits(2, 2, to.day);
      case Part::under_year_day:
      case Part::zero_year_day: return digits(3, 3, ignored_);
      case Part::hour: return digits(1, 2, to.hour);
      case Part::hour12: return digits(1, 2, to.hour);
      case Part::zero_hour12: return digits(2, 2, to.hour);
      case Part::minute: return digits(1, 2, to.minute);
      case Part::zero_minute: return digits(2, 2, to.minute);
      case Part::second:
      case Part::zero_second:
        if (!digits(piece.part == Part::second ? 1 : 2, 2, to.second)) return false;
        // A fraction may follow though the layout has none.
        if (rest_.size() > 1 && (rest_[0] == '.' || rest_[0] == ',') && rest_[1] >= '0' && rest_[1] <= '9')
          return fraction(to);
        return true;
      case Part::upper_pm:
      case Part::lower_pm: return half(piece.part == Part::upper_pm ? "AMPM" : "ampm", to);
      case Part::zone_name: return zone_name(to);
      case Part::fraction_zeros: return fraction(to);
      case Part::fraction_nines: return rest_.empty() || (rest_[0] != '.' && rest_[0] != ',') || fraction(to);
      default: return zone(piece.part, to);
    }
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool digits(std::size_t least, std::size_t most, int& to) {
    std::size_t count = 0;
    int value = 0;
    while (count < most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9')
      value = value * 10 + (rest_[count++] - '0');
    if (count < least) return false;
    rest_.remove_prefix(count);
    to = value;
    return true;
  }
  template <std::size_t N>
  bool name(const std::array<std::string_view, N>& names, std::size_t length, int& to) {
    for (std::size_t i = 0; i < N; ++i) {
      const auto text = length == 0 ? names[i] : names[i].substr(0, length);
      if (!rest_.starts_with(text)) continue;
      rest_.remove_prefix(text.size());
      to = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }
  bool fraction(Fields& to) {
    rest_.remove_prefix(1);
    std::int32_t value = 0;
    int count = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      if (count++ < 9) value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    for (int i = count; i < 9; ++i) value *= 10;
    to.nanoseconds = value;
    return count > 0;
  }
  bool half(std::string_view words, Fields& to) {
    if (rest_.starts_with(words.substr(0, 2))) {
      to.pm = 0;
    } else if (rest_.starts_with(words.substr(2))) {
      to.pm = 1;
    } else {
      return false;
    }
    rest_.remove_prefix(2);
    return true;
  }
  bool zone_name(Fields& to) {
    std::size_t length = 0;
    while (length < rest_.size() && length < 5 && rest_[length] >= 'A' && rest_[length] <= 'Z') ++length;
    if (length < 3) return false;
    to.zone = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }
  bool zone(Part part, Fields& to) {
    const bool iso = part == Part::iso_zone || part == Part::iso_colon_zone || part == Part::iso_short_zone;
    if (iso && rest_.starts_with('Z')) {
      rest_.remove_prefix(1);
      return true;
    }
    if (rest_.empty() || (rest_[0] != '+' && rest_[0] != '-')) return false;
    const int sign = rest_[0] == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!digits(2, 2, hours)) return false;
    const bool short_form = part == Part::iso_short_zone || part == Part::num_short_zone;
    if (!short_form) {
      if ((part == Part::iso_colon_zone || part == Part::num_colon_zone) && !literal(":")) return false;
      if (!digits(2, 2, minutes)) return false;
    }
    to.offset = sign * (hours * 3600 + minutes * 60);
    to.zone = zone_text(Part::num_zone, to.offset);
    return true;
  }

  std::string_view rest_;
  int ignored_ = 0;
};

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

std::optional<GoTime> GoTime::parse(std::string_view layout, std::string_view text) {
  Fields fields;
  TimeReader reader(text);
  while (!layout.empty()) {
    const auto piece = next_piece(layout);
    layout.remove_prefix(piece.text.size());
    if (!reader.read(piece, fields)) return std::nullopt;
  }
  if (!reader.at_end()) return std::nullopt;
  if (fields.pm == 1 && fields.hour < 12) fields.hour += 12;
  if (fields.pm == 0 && fields.hour == 12) fields.hour = 0;
  const auto day = date::year(fields.year) / fields.month / fields.day;
  if (!day.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 59) return std::nullopt;
  const auto seconds = date::sys_days(day).time_since_epoch().count() * std::int64_t{86400} +
                       fields.hour * 3600 + fields.minute * 60 + fields.second;
  return GoTime{seconds - fields.offset, fields.nanoseconds, fields.offset, fields.zone};
}

}  // namespace dpctl::chart
