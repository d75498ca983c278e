#pragma once

#include <string>
#include <string_view>

#include "lib/chart/value/print.hpp"

namespace dpctl::chart {

/// Simple case mapping of Unicode.
char32_t to_upper(char32_t rune);
char32_t to_lower_rune(char32_t rune);
/// unicode.ToTitle: upper case but for the digraphs, whose first letter alone is large.
char32_t to_title(char32_t rune);

/// unicode.IsSpace.
bool is_space_rune(char32_t rune);
/// unicode.IsPrint.
bool is_print_rune(char32_t rune);
/// unicode.IsUpper, unicode.IsNumber, unicode.IsPunct; unicode.IsLetter is in lib/data/utf8.hpp.
bool is_upper(char32_t rune);
bool is_number(char32_t rune);
bool is_punct(char32_t rune);
inline bool is_digit_rune(char32_t rune) { return rune >= '0' && rune <= '9'; }
/// What strings.Title takes for the gap between words.
bool is_separator(char32_t rune);

/// Without unicode spaces at both ends.
std::string_view trim_spaces(std::string_view text);

/// Each rune mapped by `map`; bad bytes become U+FFFD, as in Go.
template <class F>
std::string map_runes(std::string_view text, F&& map) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_rune(out, map(next_rune(text, at)));
  return out;
}

}  // namespace dpctl::chart
