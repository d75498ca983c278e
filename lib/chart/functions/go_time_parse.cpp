// go_time_parse.cpp: reads a time by a layout, with the mistakes that Go's time.Parse finds, in its order and words.
#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "lib/chart/functions/go_layout.hpp"
#include "lib/chart/functions/go_time.hpp"

namespace dpctl::chart {
namespace {

bool is_digit(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return small(x) == small(y); });
}

/// What is gathered; -1 where nothing was said.
struct Fields {
  int year = 0, month = -1, day = -1, year_day = -1, hour = 0, minute = 0, second = 0;
  std::int32_t nanoseconds = 0;
  bool am = false, pm = false, utc = false;
  std::optional<std::int32_t> offset{};
  std::string zone{};
};

/// Reads parts of a text from left to right.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  /// What a part says that is too much: "hour"; the text behind it is then already taken.
  std::string_view out_of_range{};

  [[nodiscard]] std::string_view rest() const { return rest_; }
  void back_to(std::string_view rest) { rest_ = rest; }

  /// Plain text of the layout. A blank of it stands for any number of blanks.
  bool skip(std::string_view prefix) {
    while (!prefix.empty()) {
      if (prefix[0] == ' ') {
        if (!rest_.empty() && rest_[0] != ' ') return false;
        cut_blanks(prefix);
        cut_blanks(rest_);
        continue;
      }
      if (rest_.empty() || rest_[0] != prefix[0]) return false;
      prefix.remove_prefix(1);
      rest_.remove_prefix(1);
    }
    return true;
  }

  /// `after`: what the layout has behind the part.
  bool read(const Piece& piece, std::string_view after, Fields& to) {
    switch (piece.part) {
      case Part::long_year: return is_digit(rest_, 0) && signed_digits(4, to.year);
      case Part::year:
        if (!signed_digits(2, to.year)) return false;
        to.year += to.year >= 69 ? 1900 : 2000;
        return true;
      case Part::long_month: return name(kMonths, 0, to.month);
      case Part::month: return name(kMonths, 3, to.month);
      case Part::num_month:
      case Part::zero_month: return bounded(piece.part == Part::zero_month, 1, 12, "month", to.month);
      case Part::long_day: return name(kDays, 0, ignored_);
      case Part::day_name: return name(kDays, 3, ignored_);
      case Part::under_day:
        if (rest_.starts_with(' ')) rest_.remove_prefix(1);
        return number(false, to.day);
      case Part::day: return number(false, to.day);
      case Part::zero_day: return number(true, to.day);
      case Part::under_year_day:
        for (int i = 0; i < 2 && rest_.starts_with(' '); ++i) rest_.remove_prefix(1);
        return three_digits(false, to.year_day);
      case Part::zero_year_day: return three_digits(true, to.year_day);
      case Part::hour: return bounded(false, 0, 23, "hour", to.hour);
      case Part::hour12:
      case Part::zero_hour12: return bounded(piece.part == Part::zero_hour12, 0, 12, "hour", to.hour);
      case Part::minute:
      case Part::zero_minute: return bounded(piece.part == Part::zero_minute, 0, 59, "minute", to.minute);
      case Part::second:
      case Part::zero_second: return seconds(piece.part == Part::zero_second, after, to);
      case Part::upper_pm:
      case Part::lower_pm: return half(piece.part == Part::upper_pm ? "AMPM" : "ampm", to);
      case Part::zone_name: return zone_name(to);
      case Part::fraction_zeros: return fraction(piece.text.size(), to);
      case Part::fraction_nines:
        if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || !is_digit(rest_, 1)) return true;
        return fraction(fraction_size(), to);
      default: return zone(piece.part, to);
    }
  }

 private:
  static void cut_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }

  bool number(bool two, int& to) {
    if (!is_digit(rest_, 0) || (two && !is_digit(rest_, 1))) return false;
    to = rest_[0] - '0';
    rest_.remove_prefix(1);
    if (is_digit(rest_, 0)) {
      to = to * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return true;
  }
  bool bounded(bool two, int least, int most, std::string_view what, int& to) {
    if (!number(two, to)) return false;
    if (to < least || to > most) out_of_range = what;
    return true;
  }
  bool three_digits(bool all, int& to) {
    std::size_t count = 0;
    int value = 0;
    while (count < 3 && is_digit(rest_, count)) value = value * 10 + (rest_[count++] - '0');
    if (count == 0 || (all && count != 3)) return false;
    rest_.remove_prefix(count);
    to = value;
    return true;
  }
  bool signed_digits(std::size_t count, int& to) {
    if (rest_.size() < count) return false;
    const auto text = rest_.substr(0, count);
    const bool sign = text[0] == '-' || text[0] == '+';
    int value = 0;
    for (std::size_t i = sign ? 1 : 0; i < count; ++i) {
      if (!is_digit(text, i)) return false;
      value = value * 10 + (text[i] - '0');
    }
    rest_.remove_prefix(count);
    to = text[0] == '-' ? -value : value;
    return true;
  }
  template <std::size_t N>
  bool name(const std::array<std::string_view, N>& names, std::size_t length, int& to) {
    for (std::size_t i = 0; i < N; ++i) {
      const auto text = length == 0 ? names[i] : names[i].substr(0, length);
      if (!same_letters(rest_.substr(0, text.size()), text)) continue;
      rest_.remove_prefix(text.size());
      to = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }

  bool seconds(bool two, std::string_view after, Fields& to) {
    if (!bounded(two, 0, 59, "second", to.second)) return false;
    // A fraction may follow though the layout has none.
    if (!out_of_range.empty() || rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || !is_digit(rest_, 1))
      return true;
    auto next = next_piece(after);
    while (next.part == Part::text && !after.empty()) {
      after.remove_prefix(next.text.size());
      next = next_piece(after);
    }
    if (next.part == Part::fraction_zeros || next.part == Part::fraction_nines) return true;
    return fraction(fraction_size(), to);
  }
  [[nodiscard]] std::size_t fraction_size() const {
    std::size_t size = 1;
    while (is_digit(rest_, size)) ++size;
    return size;
  }
  /// A point or comma and digits, `size` bytes in all.
  bool fraction(std::size_t size, Fields& to) {
    if (rest_.size() < size || (rest_[0] != '.' && rest_[0] != ',')) return false;
    std::int32_t value = 0;
    for (std::size_t i = 1; i < std::max<std::size_t>(size, 10); ++i) {
      if (i < size && !is_digit(rest_, i)) return false;
      if (i < 10) value = value * 10 + (i < size ? rest_[i] - '0' : 0);
    }
    to.nanoseconds = value;
    rest_.remove_prefix(size);
    return true;
  }
  bool half(std::string_view words, Fields& to) {
    if (rest_.starts_with(words.substr(0, 2))) {
      to.am = true;
    } else if (rest_.starts_with(words.substr(2))) {
      to.pm = true;
    } else {
      return false;
    }
    rest_.remove_prefix(2);
    return true;
  }

  /// GMT with an offset, a sign with two digits, or three to five capitals; of four and five only those that end in T.
  [[nodiscard]] std::size_t zone_name_size() const {
    if (rest_.size() < 3) return 0;
    if (rest_.starts_with("ChST") || rest_.starts_with("MeST")) return 4;
    if (rest_.starts_with("GMT")) return 3 + offset_size(rest_.substr(3));
    if (rest_[0] == '+' || rest_[0] == '-') return offset_size(rest_);
    std::size_t size = 0;
    while (size < 6 && size < rest_.size() && rest_[size] >= 'A' && rest_[size] <= 'Z') ++size;
    switch (size) {
      case 3: return 3;
      case 4: return rest_[3] == 'T' || rest_.starts_with("WITA") ? 4 : 0;
      case 5: return rest_[4] == 'T' ? 5 : 0;
      default: return 0;
    }
  }
  static std::size_t offset_size(std::string_view text) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return 0;
    std::size_t size = 1;
    int value = 0;
    while (is_digit(text, size) && value < 1000) value = value * 10 + (text[size++] - '0');
    return size > 1 && value <= 23 ? size : 0;
  }
  bool zone_name(Fields& to) {
    if (rest_.starts_with("UTC")) {
      to.utc = true;
      rest_.remove_prefix(3);
      return true;
    }
    const auto size = zone_name_size();
    if (size == 0) return false;
    to.zone = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  static std::string_view pattern_of(Part part) {
    switch (part) {
      case Part::iso_colon_zone:
      case Part::num_colon_zone: return "+00:00";
      case Part::iso_short_zone:
      case Part::num_short_zone: return "+00";
      case Part::iso_colon_seconds_zone:
      case Part::num_colon_seconds_zone: return "+00:00:00";
      case Part::iso_seconds_zone:
      case Part::num_seconds_zone: return "+000000";
      default: return "+0000";
    }
  }
  bool zone(Part part, Fields& to) {
    const bool iso = part == Part::iso_zone || part == Part::iso_colon_zone || part == Part::iso_short_zone ||
                     part == Part::iso_seconds_zone || part == Part::iso_colon_seconds_zone;
    if (iso && rest_.starts_with('Z')) {
      to.utc = true;
      rest_.remove_prefix(1);
      return true;
    }
    const auto pattern = pattern_of(part);
    if (rest_.size() < pattern.size()) return false;
    std::array<int, 3> numbers{};
    std::size_t digits = 0;
    for (std::size_t i = 1; i < pattern.size(); ++i) {
      if (pattern[i] == ':' ? rest_[i] != ':' : !is_digit(rest_, i)) return false;
      if (pattern[i] == ':') continue;
      auto& number = numbers[digits++ / 2];
      number = number * 10 + (rest_[i] - '0');
    }
    const char sign = rest_[0];
    rest_.remove_prefix(pattern.size());
    if (numbers[0] > 24) out_of_range = "time zone offset hour";
    if (numbers[1] > 60) out_of_range = "time zone offset minute";
    if (numbers[2] > 60) out_of_range = "time zone offset second";
    if (sign != '+' && sign != '-') return false;
    const auto size = (numbers[0] * 60 + numbers[1]) * 60 + numbers[2];
    to.offset = sign == '-' ? -size : size;
    return true;
  }

  std::string_view rest_;
  int ignored_ = 0;
};

/// A day of the year becomes month and day; what is wrong with it otherwise.
std::string_view resolve_year_day(Fields& fields) {
  const auto first = date::sys_days(date::year(fields.year) / 1 / 1);
  const bool leap = date::year(fields.year).is_leap();
  if (fields.year_day < 1 || fields.year_day > (leap ? 366 : 365)) return "day-of-year out of range";
  const date::year_month_day day(first + date::days(fields.year_day - 1));
  const auto month = static_cast<int>(unsigned(day.month()));
  const auto number = static_cast<int>(unsigned(day.day()));
  if (fields.month >= 0 && fields.month != month) return "day-of-year does not match month";
  if (fields.day >= 0 && fields.day != number) return "day-of-year does not match day";
  fields.month = month;
  fields.day = number;
  return {};
}

GoTime time_of(const Fields& fields) {
  const auto day = date::year(fields.year) / fields.month / fields.day;
  GoTime time;
  time.seconds = date::sys_days(day).time_since_epoch().count() * std::int64_t{86400} + fields.hour * 3600 +
                 fields.minute * 60 + fields.second;
  time.nanoseconds = fields.nanoseconds;
  if (fields.utc) return time;
  if (fields.offset) {
    time.seconds -= *fields.offset;
    time.offset = *fields.offset;
    if (time.offset != 0 || !fields.zone.empty()) time.zone = fields.zone.empty() ? zone_text(Part::num_zone, time.offset) : fields.zone;
  } else if (!fields.zone.empty()) {
    // An offset that is not known, but for GMT+3.
    time.zone = fields.zone;
    if (fields.zone.size() > 3 && fields.zone.starts_with("GMT")) {
      time.offset = std::stoi(fields.zone.substr(3)) * 3600;
    }
  }
  return time;
}

}  // namespace

Result<GoTime> GoTime::parse(std::string_view layout, std::string_view text) {
  const auto whole = layout;
  const auto mismatch = [&](std::string_view part, std::string_view at) {
    return fail(Code::usage, "parsing time {} as {}: cannot parse {} as {}", quote_bytes(text), quote_bytes(whole), quote_bytes(at),
                quote_bytes(part));
  };
  const auto wrong = [&](std::string_view what) {
    return fail(Code::usage, "parsing time {}: {}", quote_bytes(text), what);
  };
  Fields fields;
  TimeReader reader(text);
  for (;;) {
    std::size_t plain = 0;
    Piece piece;
    for (;;) {
      piece = next_piece(layout.substr(plain));
      if (piece.part != Part::text || piece.text.empty()) break;
      plain += piece.text.size();
    }
    if (!reader.skip(layout.substr(0, plain))) return mismatch(layout.substr(0, plain), reader.rest());
    layout.remove_prefix(plain + piece.text.size());
    if (piece.part == Part::text) break;
    const auto before = reader.rest();
    const bool read = reader.read(piece, layout, fields);
    if (!reader.out_of_range.empty()) return wrong(fmt::format("{} out of range", reader.out_of_range));
    if (!read) return mismatch(piece.text, before);
  }
  if (!reader.rest().empty()) return wrong(fmt::format("extra text: {}", quote_bytes(reader.rest())));
  if (fields.pm && fields.hour < 12) {
    fields.hour += 12;
  } else if (fields.am && fields.hour == 12) {
    fields.hour = 0;
  }
  if (fields.year_day >= 0)
    if (const auto problem = resolve_year_day(fields); !problem.empty()) return wrong(problem);
  if (fields.month < 0) fields.month = 1;
  if (fields.day < 0) fields.day = 1;
  if (!(date::year(fields.year) / fields.month / fields.day).ok()) return wrong("day out of range");
  return time_of(fields);
}

}  // namespace dpctl::chart
