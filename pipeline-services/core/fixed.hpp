#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dpctl::pipeline {

/// A decimal with eight places in 64 bits (±92 billion). Prices, components and volumes are read from their
/// decimal text and summed as integers, so that a replay in any order gives the same bits.
struct Fixed {
  std::int64_t units = 0;  ///< 1e-8 of the quantity

  friend constexpr bool operator==(Fixed, Fixed) = default;
  friend constexpr auto operator<=>(Fixed, Fixed) = default;
  friend constexpr Fixed operator+(Fixed a, Fixed b) { return {a.units + b.units}; }
  friend constexpr Fixed operator-(Fixed a, Fixed b) { return {a.units - b.units}; }
  constexpr Fixed operator-() const { return {-units}; }

  static constexpr std::int64_t kOne = 100'000'000;
  static constexpr Fixed whole(std::int64_t value) { return {value * kOne}; }

  [[nodiscard]] double to_double() const { return static_cast<double>(units) / static_cast<double>(kOne); }

  /// Reads "-.37", "41.57641", "1e3", "1,234.5" is refused. More than eight places are rounded half away from
  /// zero. Nothing for NaN, infinities, blanks, hexadecimal, or a magnitude of 9e10 and more.
  static std::optional<Fixed> parse(std::string_view text);
};

/// Writes the shortest decimal, at most kFixedWidth bytes, and returns where it ends.
inline constexpr std::size_t kFixedWidth = 24;
char* print(char* at, Fixed value);
/// Appends the shortest decimal: "41.57641", "-0.37", "10".
void append(std::string& out, Fixed value);
std::string to_string(Fixed value);

/// (numerator / denominator) rounded half away from zero; the denominator is positive. Used for averages.
__extension__ using Int128 = __int128;
std::int64_t divide_rounded(Int128 numerator, Int128 denominator);

}  // namespace dpctl::pipeline
