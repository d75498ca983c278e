#include "lib/chart/functions/go_layout.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

namespace dpctl::chart {
namespace {

struct Known {
  std::string_view text;
  Part part;
};

// Longer spellings before their prefixes.
constexpr std::array kKnown{
    Known{"January", Part::long_month},
    Known{"Jan", Part::month},
    Known{"Monday", Part::long_day},
    Known{"Mon", Part::day_name},
    Known{"MST", Part::zone_name},
    Known{"002", Part::zero_year_day},
    Known{"01", Part::zero_month},
    Known{"02", Part::zero_day},
    Known{"03", Part::zero_hour12},
    Known{"04", Part::zero_minute},
    Known{"05", Part::zero_second},
    Known{"06", Part::year},
    Known{"15", Part::hour},
    Known{"1", Part::num_month},
    Known{"2006", Part::long_year},
    Known{"2", Part::day},
    Known{"__2", Part::under_year_day},
    Known{"_2006", Part::text},
    Known{"_2", Part::under_day},
    Known{"3", Part::hour12},
    Known{"4", Part::minute},
    Known{"5", Part::second},
    Known{"PM", Part::upper_pm},
    Known{"pm", Part::lower_pm},
    Known{"-07:00:00", Part::num_colon_seconds_zone},
    Known{"-070000", Part::num_seconds_zone},
    Known{"-07:00", Part::num_colon_zone},
    Known{"-0700", Part::num_zone},
    Known{"-07", Part::num_short_zone},
    Known{"Z07:00:00", Part::iso_colon_seconds_zone},
    Known{"Z070000", Part::iso_seconds_zone},
    Known{"Z07:00", Part::iso_colon_zone},
    Known{"Z0700", Part::iso_zone},
    Known{"Z07", Part::iso_short_zone},
};

}  // namespace

Piece next_piece(std::string_view layout) {
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const auto rest = layout.substr(i);
    const auto found = [&]() -> std::optional<Piece> {
      if ((rest[0] == '.' || rest[0] == ',') && rest.size() > 1 && (rest[1] == '0' || rest[1] == '9')) {
        auto end = rest.find_first_not_of(rest[1], 1);
        if (end == std::string_view::npos) end = rest.size();
        const bool digit_follows = end < rest.size() && rest[end] >= '0' && rest[end] <= '9';
        if (!digit_follows)
          return Piece{rest[1] == '0' ? Part::fraction_zeros : Part::fraction_nines, rest.substr(0, end)};
        return std::nullopt;
      }
      for (const auto& known : kKnown) {
        if (known.text[0] != rest[0] || !rest.starts_with(known.text)) continue;
        if (known.text == "Jan" && rest.size() > 3 && rest[3] >= 'a' && rest[3] <= 'z') continue;
        if (known.text == "Mon" && rest.size() > 3 && rest[3] >= 'a' && rest[3] <= 'z') continue;
        if (known.text == "_2006") return Piece{Part::text, rest.substr(0, 1)};
        return Piece{known.part, known.text};
      }
      return std::nullopt;
    }();
    if (!found) continue;
    if (i > 0) return {Part::text, layout.substr(0, i)};
    return *found;
  }
  return {Part::text, layout};
}

std::string quote_bytes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x80) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string zone_text(Part part, std::int32_t offset) {
  const bool iso = part == Part::iso_zone || part == Part::iso_colon_zone || part == Part::iso_short_zone ||
                   part == Part::iso_seconds_zone || part == Part::iso_colon_seconds_zone;
  if (iso && offset == 0) return "Z";
  const char sign = offset < 0 ? '-' : '+';
  const int size = std::abs(offset);
  const int hours = size / 3600;
  const int minutes = size / 60 % 60;
  switch (part) {
    case Part::iso_short_zone:
    case Part::num_short_zone: return fmt::format("{}{:02}", sign, hours);
    case Part::iso_colon_zone:
    case Part::num_colon_zone: return fmt::format("{}{:02}:{:02}", sign, hours, minutes);
    case Part::iso_colon_seconds_zone:
    case Part::num_colon_seconds_zone:
      return fmt::format("{}{:02}:{:02}:{:02}", sign, hours, minutes, size % 60);
    case Part::iso_seconds_zone:
    case Part::num_seconds_zone: return fmt::format("{}{:02}{:02}{:02}", sign, hours, minutes, size % 60);
    default: return fmt::format("{}{:02}{:02}", sign, hours, minutes);
  }
}

}  // namespace dpctl::chart
