#include "lib/base/duration.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace dpctl {
namespace {

__extension__ using Nanos = __int128;  // wide enough for any product of a 64-bit count and a unit

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};
// Longest first where one name is the beginning of another.
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"µs", 1'000},  // U+00B5
                                      {"μs", 1'000},  // U+03BC
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Failure bad(std::string_view text, std::string_view why) {
  return fail(Code::usage, "invalid duration \"{}\": {}", text, why)
      .hint("write a number with a unit, for example 30s, 5m or 1h30m");
}

const Unit* unit_at(std::string_view rest) {
  for (const auto& unit : kUnits)
    if (rest.starts_with(unit.name)) return &unit;
  return nullptr;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) return bad(text, "it is empty");

  Nanos total = 0;
  while (!rest.empty()) {
    Nanos whole = 0, fraction = 0, scale = 1;
    bool digits = false;
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1), digits = true) {
      whole = whole * 10 + (rest[0] - '0');
      if (whole > std::numeric_limits<std::int64_t>::max()) return bad(text, "it is out of range");
    }
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1), digits = true) {
        if (scale >= 1'000'000'000'000'000) continue;  // digits past a femto-unit cannot change a nanosecond
        fraction = fraction * 10 + (rest[0] - '0');
        scale *= 10;
      }
    }
    if (!digits) return bad(text, "a number is missing");
    const Unit* unit = unit_at(rest);
    if (unit == nullptr) return bad(text, rest.empty() ? "the unit is missing" : "the unit is unknown");
    rest.remove_prefix(unit->name.size());
    total += whole * unit->nanos + fraction * unit->nanos / scale;
    if (total > std::numeric_limits<std::int64_t>::max()) return bad(text, "it is out of range");
  }
  const auto nanos = static_cast<std::int64_t>(total);
  return std::chrono::nanoseconds(negative ? -nanos : nanos);
}

std::string format_duration(std::chrono::nanoseconds span) {
  const std::int64_t n = span.count();
  if (n == 0) return "0s";
  const std::uint64_t u = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
  const std::string sign = n < 0 ? "-" : "";
  const auto fractional = [](std::uint64_t value, std::uint64_t unit) {
    std::string text = fmt::format("{}", value / unit);
    if (std::uint64_t rest = value % unit; rest != 0) {
      std::string digits = fmt::format("{}", unit + rest).substr(1);
      digits.erase(digits.find_last_not_of('0') + 1);
      text += "." + digits;
    }
    return text;
  };
  if (u < 1'000) return fmt::format("{}{}ns", sign, u);
  if (u < 1'000'000) return sign + fractional(u, 1'000) + "µs";
  if (u < 1'000'000'000) return sign + fractional(u, 1'000'000) + "ms";
  const std::uint64_t minutes = u / 60'000'000'000;
  std::string text = sign;
  if (minutes >= 60) text += fmt::format("{}h", minutes / 60);
  if (minutes > 0) text += fmt::format("{}m", minutes % 60);
  return text + fractional(u % 60'000'000'000, 1'000'000'000) + "s";
}

std::string human_age(std::chrono::seconds age) {
  const std::int64_t s = age.count();
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  const auto two = [](std::int64_t big, const char* big_unit, std::int64_t small, const char* small_unit) {
    return small == 0 ? fmt::format("{}{}", big, big_unit)
                      : fmt::format("{}{}{}{}", big, big_unit, small, small_unit);
  };
  const std::int64_t minutes = s / 60, hours = s / 3600, days = hours / 24;
  if (s < 120) return fmt::format("{}s", s);
  if (minutes < 10) return two(minutes, "m", s % 60, "s");
  if (minutes < 180) return fmt::format("{}m", minutes);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return fmt::format("{}h", hours);
  if (hours < 192) return two(days, "d", hours % 24, "h");
  if (days < 365 * 2) return fmt::format("{}d", days);
  if (days < 365 * 8) return two(days / 365, "y", days % 365, "d");
  return fmt::format("{}y", days / 365);
}

}  // namespace dpctl
