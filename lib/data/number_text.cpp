#include "lib/data/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace dpctl {
namespace {

// Shortest digits d1 d2 … with the value 0.d1d2… × 10^point.
struct Digits {
  bool negative = false;
  std::string digits{};
  int point = 0;
};

template <class Float>
Digits shortest(Float value) {
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  Digits result;
  result.negative = text.starts_with('-');
  if (result.negative) text.remove_prefix(1);
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? 1 : 0;
  std::from_chars(text.data() + e + 1 + sign, text.data() + text.size(), exponent);
  for (const char c : text.substr(0, e))
    if (c != '.') result.digits += c;
  while (result.digits.size() > 1 && result.digits.back() == '0') result.digits.pop_back();
  result.point = value == 0 ? 1 : exponent + 1;
  return result;
}

std::string scientific(const Digits& number, int exponent_digits) {
  const int exponent = number.point - 1;
  std::string text = number.negative ? "-" : "";
  text += number.digits[0];
  if (number.digits.size() > 1) text.append(".").append(number.digits, 1);
  return text + fmt::format("e{}{:0{}}", exponent < 0 ? '-' : '+', std::abs(exponent), exponent_digits);
}

std::string positional(const Digits& number) {
  std::string text = number.negative ? "-" : "";
  const auto size = static_cast<int>(number.digits.size());
  if (number.point <= 0)
    return text + "0." + std::string(static_cast<std::size_t>(-number.point), '0') + number.digits;
  if (number.point >= size)
    return text + number.digits + std::string(static_cast<std::size_t>(number.point - size), '0');
  const auto whole = static_cast<std::size_t>(number.point);
  return text + number.digits.substr(0, whole) + "." + number.digits.substr(whole);
}

template <class Float>
std::string general(Float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const Digits number = shortest(value);
  // strconv/ftoa.go: with the shortest precision, six digits decide on the exponent form.
  const int exponent = number.point - 1;
  return exponent < -4 || exponent >= 6 ? scientific(number, 2) : positional(number);
}

}  // namespace

std::string format_go_g(double value) { return general(value); }
std::string format_go_g32(double value) { return general(static_cast<float>(value)); }

std::string format_go_json(double value) {
  const Digits number = shortest(value);
  const double size = std::abs(value);
  return size != 0 && (size < 1e-6 || size >= 1e21) ? scientific(number, 1) : positional(number);
}

}  // namespace dpctl
