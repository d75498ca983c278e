// yaml_resolve.cpp: what a scalar means, by yaml.org/type/{null,bool,int,float,timestamp}.html.
//
// Where Kubernetes' tools differ from those pages, they win: base-60 numbers and dates stay text, 0o17 is
// octal as in YAML 1.2, a binary number may carry its sign behind the prefix (0b-11), 08 is the decimal 8,
// and a number too large for a float64 is text.
#include "lib/data/yaml_resolve.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "lib/data/yaml_chars.hpp"

namespace dpctl::yaml {
namespace {

using Kind = Scalar::Kind;

bool is_sign(char c) { return c == '+' || c == '-'; }

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 3> kInfinity{".inf", ".Inf", ".INF"};
constexpr std::array<std::string_view, 3> kNotANumber{".nan", ".NaN", ".NAN"};

// The words that mean something count as "word", "Word" and "WORD", and in no other case.
bool is_word(std::string_view text, std::string_view word) {
  if ((text[0] | 0x20) != word[0]) return false;
  if (text == word) return true;
  const auto upper = [&](std::size_t i) { return text[i] == word[i] - 'a' + 'A'; };
  if (text.size() != word.size() || !upper(0)) return false;
  if (text.substr(1) == word.substr(1)) return true;
  for (std::size_t i = 1; i < text.size(); ++i)
    if (!upper(i)) return false;
  return true;
}

bool resolve_word(std::string_view text, Scalar& scalar) {
  bool is_true = false, is_false = false;
  switch (text.size()) {
    case 0: return true;
    case 1:
      if (text == "~") return true;
      is_true = is_word(text, "y");
      is_false = is_word(text, "n");
      break;
    case 2:
      is_true = is_word(text, "on");
      is_false = is_word(text, "no");
      break;
    case 3:
      is_true = is_word(text, "yes");
      is_false = is_word(text, "off");
      break;
    case 4:
      if (is_word(text, "null")) return true;
      is_true = is_word(text, "true");
      break;
    case 5: is_false = is_word(text, "false"); break;
    default: break;
  }
  if (!is_true && !is_false) return false;
  scalar.kind = Kind::boolean;
  scalar.boolean = is_true;
  return true;
}

// All of `digits` as a number of this base; nothing when it is empty, holds anything else or is too large.
std::optional<std::uint64_t> parse_natural(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool set_integer(std::uint64_t magnitude, bool negative, bool has_sign, Scalar& scalar) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (magnitude <= kMost) {
    scalar.kind = Kind::integer;
    scalar.integer = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
    return true;
  }
  if (negative && magnitude == kMost + 1) {
    scalar.kind = Kind::integer;
    scalar.integer = std::numeric_limits<std::int64_t>::min();
    return true;
  }
  if (has_sign) return false;
  scalar.kind = Kind::natural;
  scalar.natural = magnitude;
  return true;
}

// [-+]? 0x…, 0b…, 0o…, 0… (octal) or decimal. `text` has no underscores any more.
bool resolve_integer(std::string_view text, Scalar& scalar) {
  bool has_sign = !text.empty() && is_sign(text.front());
  bool negative = has_sign && text.front() == '-';
  std::string_view digits = text.substr(has_sign ? 1 : 0);
  int base = 10;
  if (digits.size() > 1 && digits.front() == '0') {
    const char mark = digits[1];
    base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    digits.remove_prefix(
        is_digit(mark)                                                                           ? 1
        : mark == 'x' || mark == 'X' || mark == 'b' || mark == 'B' || mark == 'o' || mark == 'O' ? 2
                                                                                                 : 0);
    if (base == 2 && !has_sign && !digits.empty() && is_sign(digits.front())) {
      has_sign = true;
      negative = digits.front() == '-';
      digits.remove_prefix(1);
    }
  }
  const auto magnitude = parse_natural(digits, base);
  return magnitude && set_integer(*magnitude, negative, has_sign, scalar);
}

// [-+]? ( digits [. digits?]? | . digits ) ( [eE] [-+]? digits )?
bool is_decimal(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > from;
  };
  if (at < text.size() && is_sign(text[at])) ++at;
  bool number = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    number = digits() || number;
  }
  if (!number) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && is_sign(text[at])) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

bool resolve_real(std::string_view text, Scalar& scalar) {
  if (!is_decimal(text)) return false;
  const std::string_view unsigned_text = text.front() == '+' ? text.substr(1) : text;
  double value = 0;
  const auto [stop, problem] =
      std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
  if (problem == std::errc::result_out_of_range) {
    // from_chars does not say which end of the range it was; strtod does. Digits and a full stop mean the
    // same in each locale that a program begins with ("C").
    value = std::strtod(std::string(unsigned_text).c_str(), nullptr);
    if (std::isinf(value)) return false;
  }
  scalar.kind = Kind::real;
  scalar.real = value;
  return true;
}

bool resolve_special(std::string_view text, Scalar& scalar) {
  const bool has_sign = !text.empty() && is_sign(text.front());
  if (one_of(text.substr(has_sign ? 1 : 0), kInfinity)) {
    scalar.real = text.front() == '-' ? -std::numeric_limits<double>::infinity()
                                      : std::numeric_limits<double>::infinity();
  } else if (one_of(text, kNotANumber)) {
    scalar.real = std::numeric_limits<double>::quiet_NaN();
  } else {
    return false;
  }
  scalar.kind = Kind::real;
  return true;
}

bool stand_between_digits(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '_' &&
        (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])))
      return false;
  return true;
}

bool resolve_number(std::string_view text, Scalar& scalar) {
  if (resolve_special(text, scalar)) return true;
  // A number that begins with its full stop is read by Go, where underscores separate digits; any other has
  // them everywhere.
  if (text.starts_with('.') && !stand_between_digits(text)) return false;
  if (text.find('_') == std::string_view::npos)
    return resolve_integer(text, scalar) || resolve_real(text, scalar);
  std::string bare;
  std::copy_if(text.begin(), text.end(), std::back_inserter(bare), [](char c) { return c != '_'; });
  return resolve_integer(bare, scalar) || resolve_real(bare, scalar);
}

// Reads `most` digits at the front of `text` at most, `least` at least; -1 when there are fewer.
int take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  int value = 0;
  while (count < text.size() && count < most && is_digit(text[count]))
    value = value * 10 + (text[count++] - '0');
  text.remove_prefix(count);
  return count < least ? -1 : value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

int days_of(int month, int year) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool take_zone(std::string_view& text) {
  if (take(text, "Z")) return true;
  if (!take(text, "+-")) return false;
  const int hours = take_digits(text, 2, 2);
  const bool colon = take(text, ":");
  const int minutes = take_digits(text, 2, 2);
  return colon && hours >= 0 && hours <= 24 && minutes >= 0 && minutes <= 60;
}

// A day, or a day with a time: after T with a zone, after blanks without one.
bool is_timestamp(std::string_view text) {
  const int year = take_digits(text, 4, 4);
  if (year < 0 || !take(text, "-")) return false;
  const int month = take_digits(text, 1, 2);
  if (month < 1 || month > 12 || !take(text, "-")) return false;
  const int day = take_digits(text, 1, 2);
  if (day < 1 || day > days_of(month, year)) return false;
  if (text.empty()) return true;
  const bool with_zone = take(text, "Tt");
  if (!with_zone && !take(text, " \t")) return false;
  while (!with_zone && take(text, " \t")) {
  }
  const int hour = take_digits(text, 1, 2);
  if (hour < 0 || hour > 23 || !take(text, ":")) return false;
  const int minute = take_digits(text, 1, 2);
  if (minute < 0 || minute > 59 || !take(text, ":")) return false;
  const int second = take_digits(text, 1, 2);
  if (second < 0 || second > 59) return false;
  if (take(text, ".,")) {
    if (text.empty() || !is_digit(text.front())) return false;
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  }
  return (!with_zone || take_zone(text)) && text.empty();
}

// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
bool is_base60(std::string_view text) {
  take(text, "+-");
  if (text.empty() || !is_digit(text.front())) return false;
  while (take(text, "0123456789_")) {
  }
  if (text.empty() || text.front() != ':') return false;
  while (take(text, ":")) {
    const int part = take_digits(text, 1, 2);
    if (part < 0 || part > 59) return false;
  }
  if (take(text, "."))
    while (take(text, "0123456789_")) {
    }
  return text.empty();
}

// What a number may begin with; nothing else does.
bool begins_number(std::string_view text) {
  return !text.empty() && (is_digit(text.front()) || is_sign(text.front()) || text.front() == '.');
}

}  // namespace

Scalar resolve_plain(std::string_view text) {
  Scalar scalar;
  scalar.text = text;
  if (begins_number(text) ? resolve_number(text, scalar) : resolve_word(text, scalar)) return scalar;
  scalar.kind = Kind::string;
  return scalar;
}

bool resolve_as(std::string_view type, std::string_view text, Scalar& scalar) {
  scalar = resolve_plain(text);
  if (type == "null") return scalar.kind == Kind::null;
  if (type == "bool") return scalar.kind == Kind::boolean;
  if (type == "int") return scalar.kind == Kind::integer || scalar.kind == Kind::natural;
  if (type == "timestamp") return scalar.kind == Kind::string && is_timestamp(text);
  if (scalar.kind == Kind::integer) {
    scalar.kind = Kind::real;
    scalar.real = static_cast<double>(scalar.integer);
  }
  return scalar.kind == Kind::real;
}

bool needs_quotes(std::string_view text) {
  return resolve_plain(text).kind != Kind::string ||
         (begins_number(text) && (is_timestamp(text) || is_base60(text)));
}

}  // namespace dpctl::yaml
