#include "cli/output/text.hpp"

#include <fmt/format.h>

namespace dpctl::cli {
namespace {

unsigned next_point(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  if (lead < 0x80) return lead;
  unsigned point = lead >= 0xF0 ? lead & 7U : lead >= 0xE0 ? lead & 15U : lead & 31U;
  while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80)
    point = (point << 6) | (static_cast<unsigned char>(text[i++]) & 63U);
  return point;
}

bool combining(unsigned p) {
  return (p >= 0x300 && p <= 0x36F) || p == 0x200B || p == 0x200D || (p >= 0xFE00 && p <= 0xFE0F);
}
bool wide(unsigned p) {
  return (p >= 0x1100 && p <= 0x115F) || (p >= 0x2E80 && p <= 0xA4CF) || (p >= 0xAC00 && p <= 0xD7A3) ||
         (p >= 0xF900 && p <= 0xFAFF) || (p >= 0xFE30 && p <= 0xFE4F) || (p >= 0xFF00 && p <= 0xFF60) ||
         (p >= 0x1F300 && p <= 0x1FAFF);
}

}  // namespace

std::string safe_text(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F)
      safe += fmt::format("\\x{:02x}", byte);
    else
      safe += c;
  }
  return safe;
}

std::string paint(const Terminal& terminal, Paint how, std::string_view text) {
  if (!terminal.color) return std::string(text);
  constexpr std::string_view kCodes[] = {"31", "33", "32", "1", "2"};
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<int>(how)], text);
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned point = next_point(text, i);
    width += combining(point) ? 0U : wide(point) ? 2U : 1U;
  }
  return width;
}

}  // namespace dpctl::cli
