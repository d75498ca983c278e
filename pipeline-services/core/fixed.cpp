#include "pipeline-services/core/fixed.hpp"

#include <charconv>
#include <cmath>

#include "pipeline-services/core/put.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::int64_t kPowers[]{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
constexpr std::int64_t kLimit = 9'000'000'000'000'000'000;  // 9e10 in units

/// Exponents are rare in price files; the double's nearest unit is exact for the magnitudes that fit.
std::optional<Fixed> parse_scientific(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      std::abs(value) >= 9e10)
    return {};
  return Fixed{std::llround(value * static_cast<double>(Fixed::kOne))};
}

}  // namespace

std::optional<Fixed> Fixed::parse(std::string_view text) {
  if (text.empty() || text.size() > 64) return {};
  const std::string_view all = text;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  std::size_t i = 0;
  std::size_t digits = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, ++digits) {
    value = value * 10 + (text[i] - '0');
    if (value >= 90'000'000'000) return {};
  }
  int places = 0;
  bool round_up = false;
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, ++digits) {
      if (places < 8) value = value * 10 + (text[i] - '0');
      if (places == 8) round_up = text[i] >= '5';
      ++places;
    }
  }
  if (digits == 0) return {};
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return {};
    return all.front() == '+' ? std::nullopt : parse_scientific(all);
  }
  if (places < 8) value *= kPowers[8 - places];
  if (round_up) ++value;
  if (value >= kLimit) return {};
  return Fixed{negative ? -value : value};
}

char* print(char* at, Fixed value) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(value.units);
  if (value.units < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  constexpr auto kUnits = static_cast<std::uint64_t>(Fixed::kOne);
  at = std::to_chars(at, at + kFixedWidth - 10, magnitude / kUnits).ptr;
  const auto fraction = static_cast<std::uint32_t>(magnitude % kUnits);
  if (fraction == 0) return at;
  *at = '.';
  put_two(at + 1, fraction / 1'000'000);
  put_two(at + 3, fraction / 10'000 % 100);
  put_two(at + 5, fraction / 100 % 100);
  put_two(at + 7, fraction % 100);
  at += 9;
  while (at[-1] == '0') --at;
  return at;
}

void append(std::string& out, Fixed value) {
  char text[kFixedWidth];
  out.append(text, print(text, value));
}

std::string to_string(Fixed value) {
  std::string text;
  append(text, value);
  return text;
}

std::int64_t divide_rounded(Int128 numerator, Int128 denominator) {
  const Int128 half = denominator / 2;
  const Int128 moved = numerator < 0 ? numerator - half : numerator + half;
  return static_cast<std::int64_t>(moved / denominator);
}

}  // namespace dpctl::pipeline
