#include "lib/chart/value/runes.hpp"

#include <re2/re2.h>

#include <clocale>
#include <cwctype>

#include "lib/data/utf8.hpp"

namespace dpctl::chart {

namespace {

/// The C library's tables are those of Unicode; the locale of this name is part of Debian's libc-bin.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

/// Beyond ASCII, RE2 has Unicode's classes.
bool is_of(const re2::RE2& one_of_a_class, char32_t rune) {
  std::string text;
  append_rune(text, rune);
  return re2::RE2::FullMatch(text, one_of_a_class);
}

}  // namespace

char32_t to_upper(char32_t rune) {
  if (rune < 0x80) return rune >= 'a' && rune <= 'z' ? rune - 32 : rune;
  if (unicode_locale() == nullptr) return rune;
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(rune), unicode_locale()));
}

char32_t to_lower_rune(char32_t rune) {
  if (rune < 0x80) return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune;
  if (unicode_locale() == nullptr) return rune;
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(rune), unicode_locale()));
}

char32_t to_title(char32_t rune) {
  if (rune >= 0x1C4 && rune <= 0x1CC) return rune <= 0x1C6 ? 0x1C5 : rune <= 0x1C9 ? 0x1C8 : 0x1CB;
  if (rune >= 0x1F1 && rune <= 0x1F3) return 0x1F2;
  return to_upper(rune);
}

bool is_space_rune(char32_t rune) {
  return rune == ' ' || (rune >= 9 && rune <= 13) || rune == 0x85 || rune == 0xA0 || rune == 0x1680 ||
         (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F ||
         rune == 0x205F || rune == 0x3000;
}

bool is_upper(char32_t rune) {
  if (rune < 0x80) return rune >= 'A' && rune <= 'Z';
  static const re2::RE2 upper("\\p{Lu}");
  return is_of(upper, rune);
}

bool is_number(char32_t rune) {
  if (rune < 0x80) return is_digit_rune(rune);
  static const re2::RE2 number("\\pN");
  return is_of(number, rune);
}

bool is_punct(char32_t rune) {
  if (rune < 0x80)
    return rune != 0 && std::string_view("!\"#%&'()*,-./:;?@[\\]_{}").find(static_cast<char>(rune)) !=
                            std::string_view::npos;
  static const re2::RE2 punctuation("\\pP");
  return is_of(punctuation, rune);
}

bool is_print_rune(char32_t rune) {
  if (rune < 0x80) return rune >= 0x20 && rune != 0x7F;
  static const re2::RE2 printed("[\\pL\\pM\\pN\\pP\\pS]");
  return is_of(printed, rune);
}

bool is_separator(char32_t rune) {
  if (rune < 0x80) return !(is_letter(rune) || is_digit_rune(rune) || rune == '_');
  return !is_letter(rune) && is_space_rune(rune);
}

std::string_view trim_spaces(std::string_view text) {
  while (!text.empty()) {
    std::size_t end = 0;
    if (!is_space_rune(next_rune(text, end))) break;
    text.remove_prefix(end);
  }
  while (!text.empty()) {
    auto start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U) --start;
    std::size_t at = start;
    if (!is_space_rune(next_rune(text, at))) break;
    text = text.substr(0, start);
  }
  return text;
}

}  // namespace dpctl::chart
