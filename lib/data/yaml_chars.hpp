#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The characters that YAML 1.1 sets apart, for those who read it.
namespace dpctl::yaml {

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// -1 when it is no hexadecimal digit.
inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The length of the line break at text[at], or 0: CR LF, CR, LF, NEL, LS, PS.
inline std::size_t break_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  switch (text[at]) {
    case '\n': return 1;
    case '\r': return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    case '\xC2': return at + 1 < text.size() && text[at + 1] == '\x85' ? 2 : 0;
    case '\xE2':
      return at + 2 < text.size() && text[at + 1] == '\x80' &&
                     (text[at + 2] == '\xA8' || text[at + 2] == '\xA9')
                 ? 3
                 : 0;
    default: return 0;
  }
}

/// What a run of ordinary text has to stop at and look closer; each set is one bit of a table.
enum Stop : std::uint8_t {
  kStopBreak = 1,    ///< what may begin a line break
  kStopBlank = 2,    ///< blank and tab
  kStopColon = 4,    ///< ':'
  kStopFlow = 8,     ///< what ends a plain scalar in a flow collection
  kStopSingle = 16,  ///< "'"
  kStopDouble = 32,  ///< '"' and '\'
};
inline constexpr std::array<std::uint8_t, 256> kStops = [] {
  std::array<std::uint8_t, 256> stops{};
  const auto set = [&](std::string_view characters, std::uint8_t stop) {
    for (const char c : characters) stops[static_cast<unsigned char>(c)] |= stop;
  };
  set("\n\r\xC2\xE2", kStopBreak);
  set(" \t", kStopBlank);
  set(":", kStopColon);
  set(",?[]{}", kStopFlow);
  set("'", kStopSingle);
  set("\"\\", kStopDouble);
  return stops;
}();

inline bool is_stop(char c, std::uint8_t stops) {
  return (kStops[static_cast<unsigned char>(c)] & stops) != 0;
}

/// The first place from `at` on where one of `stops` stands, or the end.
inline std::size_t find_stop(std::string_view text, std::size_t at, std::uint8_t stops) {
  while (at < text.size() && !is_stop(text[at], stops)) ++at;
  return at;
}

}  // namespace dpctl::yaml
