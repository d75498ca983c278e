#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpctl {

/// One character of a UTF-8 text. A malformed byte is one character of its own with `valid` false, as in Go.
struct Utf8 {
  char32_t point = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The character that begins at text[at]; `at` must be inside. RFC 3629: no surrogates, no overlong forms, at
/// most U+10FFFF.
Utf8 decode_utf8(std::string_view text, std::size_t at);

/// `point` must be a Unicode scalar value.
void append_utf8(std::string& to, char32_t point);

/// The text with each malformed byte replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

constexpr bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// Unicode 15 categories L and Nd, as Go's unicode.IsLetter and unicode.IsDigit.
bool is_letter(char32_t point);
bool is_decimal_digit(char32_t point);

}  // namespace dpctl
