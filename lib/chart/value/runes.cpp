#include "lib/chart/value/runes.hpp"

namespace dpctl::chart {

char32_t to_upper(char32_t rune) {
  if (rune < 0x80) return rune >= 'a' && rune <= 'z' ? rune - 32 : rune;
  if (rune == 0xB5) return 0x39C;
  if (rune == 0xFF) return 0x178;
  if (rune >= 0xE0 && rune <= 0xFE && rune != 0xF7) return rune - 32;
  if (rune >= 0x100 && rune <= 0x137) return rune == 0x131 ? U'I' : rune & ~char32_t{1};
  if (rune >= 0x139 && rune <= 0x148) return rune % 2 == 0 ? rune - 1 : rune;
  if (rune >= 0x14A && rune <= 0x177) return rune & ~char32_t{1};
  if (rune >= 0x3B1 && rune <= 0x3C9) return rune == 0x3C2 ? 0x3A3 : rune - 32;
  if (rune >= 0x430 && rune <= 0x44F) return rune - 32;
  if (rune >= 0x450 && rune <= 0x45F) return rune - 80;
  return rune;
}

char32_t to_lower_rune(char32_t rune) {
  if (rune < 0x80) return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune;
  if (rune >= 0xC0 && rune <= 0xDE && rune != 0xD7) return rune + 32;
  if (rune == 0x130) return U'i';
  if (rune == 0x178) return 0xFF;
  if (rune >= 0x100 && rune <= 0x137) return rune | 1U;
  if (rune >= 0x139 && rune <= 0x148) return rune % 2 == 1 ? rune + 1 : rune;
  if (rune >= 0x14A && rune <= 0x177) return rune | 1U;
  if (rune >= 0x391 && rune <= 0x3A9) return rune + 32;
  if (rune >= 0x410 && rune <= 0x42F) return rune + 32;
  if (rune >= 0x400 && rune <= 0x40F) return rune + 80;
  return rune;
}

bool is_space_rune(char32_t rune) {
  return rune == ' ' || (rune >= 9 && rune <= 13) || rune == 0x85 || rune == 0xA0 || rune == 0x1680 ||
         (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F ||
         rune == 0x205F || rune == 0x3000;
}

bool is_letter(char32_t rune) {
  return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
         (rune >= 0xC0 && rune != 0xD7 && rune != 0xF7 && rune < 0x2000) || (rune >= 0x2C00 && rune < 0xD800);
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
