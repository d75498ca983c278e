#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dpctl::chart {

/// strconv.ParseInt(text, 0, 64): 0x, 0o, 0b, leading 0 is octal, `_` between digits. nullopt when it is none
/// or out of range.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// strconv.ParseUint(text, 0, 64).
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
/// strconv.Atoi: decimal digits with a sign.
std::optional<std::int64_t> parse_decimal(std::string_view text);
/// strconv.ParseFloat(text, 64): decimal, hexadecimal, inf and nan. nullopt when it is none or out of range.
std::optional<double> parse_real(std::string_view text);

/// strconv.Unquote of a Go string or raw string literal, quotes included. nullopt when it is not one.
std::optional<std::string> unquote(std::string_view literal);
/// The rune of a Go character literal, quotes included. `rest`: something stands behind the rune.
std::optional<char32_t> unquote_char(std::string_view literal, bool& rest);

}  // namespace dpctl::chart
