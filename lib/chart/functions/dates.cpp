// Sprig's dates over Go's time layouts.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/duration.hpp"
#include "lib/chart/functions/function.hpp"
#include "lib/chart/functions/go_layout.hpp"
#include "lib/chart/functions/go_time.hpp"
#include "lib/chart/text/exec.hpp"
#include "lib/chart/value/literal.hpp"

namespace dpctl::chart {
namespace {

constexpr std::string_view kDay = "2006-01-02";

/// What templates hold as time.Time.
class TimeObject final : public Object {
 public:
  explicit TimeObject(GoTime time) : time_(std::move(time)) {}
  [[nodiscard]] const GoTime& time() const { return time_; }
  std::string_view type_name() const override { return "time.Time"; }
  Value field(std::string_view) const override { return {}; }
  bool has_method(std::string_view name) const override {
    return numeric(name) || name == "Format" || name == "String" || name == "UTC" || name == "Local" ||
           name == "IsZero";
  }
  int arity(std::string_view name) const override { return name == "Format" ? 1 : 0; }
  Value call(std::string_view name, std::span<const Value> args) const override {
    if (name == "Format") return Value::string(time_.format(args[0].as_string()));
    if (name == "String") return Value::string(print());
    if (name == "UTC" || name == "Local") return Value::object(std::make_shared<TimeObject>(time_.in("UTC")));
    if (name == "IsZero") return Value::boolean(time_.is_zero());
    const auto clock = time_.clock();
    if (name == "Unix") return Value::int64(time_.seconds);
    if (name == "UnixNano") return Value::int64(time_.seconds * 1'000'000'000 + time_.nanoseconds);
    if (name == "Year") return Value::integer(clock.year);
    if (name == "Day") return Value::integer(clock.day);
    if (name == "YearDay") return Value::integer(clock.year_day);
    if (name == "Hour") return Value::integer(clock.hour);
    if (name == "Minute") return Value::integer(clock.minute);
    if (name == "Second") return Value::integer(clock.second);
    return Value::integer(time_.nanoseconds);
  }
  std::string print() const override { return time_.format("2006-01-02 15:04:05.999999999 -0700 MST"); }
  Value plain() const override { return Value::string(time_.format("2006-01-02T15:04:05.999999999Z07:00")); }

 private:
  static bool numeric(std::string_view name) {
    for (const std::string_view known :
         {"Unix", "UnixNano", "Year", "Day", "YearDay", "Hour", "Minute", "Second", "Nanosecond"})
      if (name == known) return true;
    return false;
  }
  GoTime time_;
};

Value value_of(GoTime time) { return Value::object(std::make_shared<TimeObject>(std::move(time))); }

const GoTime* time_in(const Value& value) {
  if (value.kind() != Kind::object) return nullptr;
  const auto* object = dynamic_cast<const TimeObject*>(&value.as_object());
  return object == nullptr ? nullptr : &object->time();
}

/// A time, or seconds since 1970; anything else is now.
GoTime time_of(const Value& value) {
  if (const auto* time = time_in(value); time != nullptr) return *time;
  if (value.kind() == Kind::integer || value.kind() == Kind::int64) return GoTime::at(value.as_int());
  return GoTime::now();
}

Value formatted(std::string_view layout, const Value& date, const std::string& zone) {
  return Value::string(time_of(date).in(zone).format(layout));
}

Value now(Call& call) { return value_of(GoTime::now().plus(call.execution.clock_shift)); }
Value date(Call& call) { return formatted(call.text(0), call[1], "Local"); }
Value date_in_zone(Call& call) { return formatted(call.text(0), call[1], call.text(2)); }
Value html_date(Call& call) { return formatted(kDay, call[0], "Local"); }
Value html_date_in_zone(Call& call) { return formatted(kDay, call[0], call.text(1)); }

/// What time.ParseDuration says of a text that is no duration.
std::string duration_problem(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  while (!rest.empty()) {
    const auto digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const auto number = rest.substr(0, digits);
    if (number.find_first_of("0123456789") == std::string_view::npos || std::count(number.begin(), number.end(), '.') > 1)
      break;
    rest.remove_prefix(digits);
    const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
    if (unit.empty()) return fmt::format("time: missing unit in duration {}", quote_bytes(text));
    constexpr std::array<std::string_view, 8> kUnits{"ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h"};
    if (std::find(kUnits.begin(), kUnits.end(), unit) == kUnits.end())
      return fmt::format("time: unknown unit {} in duration {}", quote_bytes(unit), quote_bytes(text));
    rest.remove_prefix(unit.size());
  }
  return fmt::format("time: invalid duration {}", quote_bytes(text));
}

Value moved(Call& call, bool strict) {
  const auto span = parse_duration(call.text(0));
  if (!span) {
    if (strict) throw_error(duration_problem(call.text(0)));
    return call[1];
  }
  return value_of(time_in(call[1])->plus(*span));
}
Value date_modify(Call& call) { return moved(call, false); }
Value must_date_modify(Call& call) { return moved(call, true); }

Value ago(Call& call) {
  auto date = call[0];
  const auto passed = GoTime::now().since(time_of(date));
  using std::chrono::seconds;
  return Value::string(format_duration(std::chrono::round<seconds>(passed)));
}
Value duration(Call& call) {
  std::int64_t seconds = 0;
  if (call[0].is_string()) seconds = parse_decimal(call.text(0)).value_or(0);
  if (call[0].kind() == Kind::int64) seconds = call[0].as_int();
  if (seconds > 9'000'000'000 || seconds < -9'000'000'000) seconds = 0;
  return Value::string(format_duration(std::chrono::seconds(seconds)));
}
Value duration_round(Call& call) {
  std::chrono::nanoseconds span{0};
  if (call[0].is_string()) {
    if (const auto parsed = parse_duration(call.text(0))) span = *parsed;
  } else if (call[0].kind() == Kind::int64) {
    span = std::chrono::nanoseconds(call[0].as_int());
  } else if (const auto* time = time_in(call[0]); time != nullptr) {
    span = GoTime::now().since(*time);
  }
  const auto size = static_cast<std::uint64_t>(span.count() < 0 ? -span.count() : span.count());
  constexpr std::uint64_t kHour = 3'600'000'000'000;
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 6> kUnits{{{kHour * 24 * 365, "y"},
                                                                              {kHour * 24 * 30, "mo"},
                                                                              {kHour * 24, "d"},
                                                                              {kHour, "h"},
                                                                              {kHour / 60, "m"},
                                                                              {kHour / 3600, "s"}}};
  for (const auto& [unit, name] : kUnits)
    if (size > unit) return Value::string(fmt::format("{}{}", size / unit, name));
  return Value::string("0s");
}

Value to_date(Call& call) {
  return value_of(GoTime::parse(call.text(0), call.text(1)).value_or(GoTime::zero()));
}
Value must_to_date(Call& call) {
  auto time = GoTime::parse(call.text(0), call.text(1));
  if (!time) throw_error(time.error().what);
  return value_of(*std::move(time));
}
Value unix_epoch(Call& call) { return Value::string(std::to_string(time_in(call[0])->seconds)); }

constexpr std::array kTable{
    Function{"now", "", now},
    Function{"date", "sa", date},
    Function{"date_in_zone", "sas", date_in_zone},
    Function{"dateInZone", "sas", date_in_zone},
    Function{"date_modify", "st", date_modify},
    Function{"dateModify", "st", date_modify},
    Function{"must_date_modify", "st", must_date_modify},
    Function{"mustDateModify", "st", must_date_modify},
    Function{"ago", "a", ago},
    Function{"duration", "a", duration},
    Function{"durationRound", "a", duration_round},
    Function{"htmlDate", "a", html_date},
    Function{"htmlDateInZone", "as", html_date_in_zone},
    Function{"toDate", "ss", to_date},
    Function{"mustToDate", "ss", must_to_date},
    Function{"unixEpoch", "t", unix_epoch},
};

}  // namespace

std::span<const Function> date_functions() { return kTable; }

}  // namespace dpctl::chart
