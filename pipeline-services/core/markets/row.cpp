#include "pipeline-services/core/markets/row.hpp"

#include <fmt/format.h>

#include "lib/base/strings.hpp"

namespace dpctl::pipeline {

std::string_view Row::required(FieldName name) {
  const auto value = text(name);
  if (value.empty()) fail(fault::kContract, "missing_field", fmt::format("raw_data has no {}", name.text));
  return value;
}

void Row::fail_number(FieldName name, std::string_view text, std::string_view why) {
  fail(fault::kValidation, "invalid_number",
       fmt::format("{} is \"{}\", {}", name.text, text.substr(0, 64), why));
}

Fixed Row::decimal(FieldName name) { return decimal_of(name, required(name)).value_or(Fixed{}); }
std::optional<Fixed> Row::decimal_if(FieldName name) { return decimal_of(name, text(name)); }
std::int64_t Row::integer(FieldName name) { return integer_of(name, required(name)).value_or(0); }

bool Row::truth(FieldName name) const { return Scalar{Scalar::Kind::text, text(name)}.truth(); }

Micros Row::utc(Zone zone, const LocalTime& local, Fold fold) { return take(to_utc(zone, local, fold)); }

Micros Row::take(const Result<Micros>& time) {
  if (time) return *time;
  const auto& error = time.error();
  const std::string_view issue = error.code == Code::not_found  ? "nonexistent_local_time"
                                 : error.code == Code::conflict ? "ambiguous_local_time"
                                                                : "invalid_time";
  fail(fault::kValidation, issue, error.what);
  return 0;
}

namespace {

std::optional<int> take_number(std::string_view& text, std::size_t most) {
  std::size_t size = 0;
  int value = 0;
  while (size < text.size() && size < most && text[size] >= '0' && text[size] <= '9')
    value = value * 10 + (text[size++] - '0');
  if (size == 0) return {};
  text.remove_prefix(size);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<LocalTime> parse_us_time(std::string_view text) {
  LocalTime time;
  const auto month = take_number(text, 2);
  if (!month || !take_char(text, '/')) return {};
  const auto day = take_number(text, 2);
  if (!day || !take_char(text, '/')) return {};
  const auto year = take_number(text, 4);
  if (!year) return {};
  time.month = *month;
  time.day = *day;
  time.year = *year < 100 ? 2000 + *year : *year;
  if (text.empty()) return time;
  if (!take_char(text, ' ')) return {};
  const auto hour = take_number(text, 2);
  if (!hour || !take_char(text, ':')) return {};
  const auto minute = take_number(text, 2);
  if (!minute) return {};
  time.hour = *hour;
  time.minute = *minute;
  if (take_char(text, ':')) {
    const auto second = take_number(text, 2);
    if (!second) return {};
    time.second = *second;
  }
  if (text == " AM" || text == " PM") {
    if (time.hour < 1 || time.hour > 12) return {};
    time.hour = time.hour % 12 + (text == " PM" ? 12 : 0);
    text = {};
  }
  if (!text.empty()) return {};
  return time;
}

}  // namespace dpctl::pipeline
