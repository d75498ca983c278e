#include "lib/chart/value/print.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/data/number_text.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 1000;  // a map that was set into itself would print without end

/// A value that holds the same one twice at each of many levels is small and its text is not.
constexpr std::size_t kMaxText = std::size_t{64} << 20U;  // bytes
void check_size(const std::string& out) {
  if (out.size() > kMaxText) throw_error("the text of a value is larger than its bound");
}

void print_to(std::string& out, const Value& value, int depth) {
  if (depth > kMaxDepth) return;
  check_size(out);
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil: out += "<nil>"; break;
    case Kind::boolean: out += value.as_bool() ? "true" : "false"; break;
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: {
      std::array<char, 24> buffer;
      const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value.as_int()).ptr;
      out.append(buffer.data(), end);
      break;
    }
    case Kind::real: out += format_real(value.as_real()); break;
    case Kind::string: out += value.as_string(); break;
    case Kind::list: {
      out += '[';
      bool first = true;
      for (const auto& item : value.as_list()) {
        if (!first) out += ' ';
        first = false;
        print_to(out, item, depth + 1);
      }
      out += ']';
      break;
    }
    case Kind::map: {
      out += "map[";
      bool first = true;
      for (const auto& entry : value.as_map().entries) {
        if (!first) out += ' ';
        first = false;
        out += entry.name();
        out += ':';
        print_to(out, entry.value, depth + 1);
      }
      out += ']';
      break;
    }
    case Kind::object: out += value.as_object().print(); break;
  }
}

}  // namespace

void print_action(std::string& out, const Value& value) {
  if (value.is_nil()) {
    out += "<no value>";
  } else if (value.kind() == Kind::object) {
    out += value.as_object().show();
  } else {
    print_to(out, value, 0);
  }
}

std::string print(const Value& value) {
  std::string out;
  print_to(out, value, 0);
  return out;
}

std::string to_text(const Value& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_list() && value.elem() == Elem::byte) {
    std::string bytes;
    for (const auto& item : value.as_list()) bytes += static_cast<char>(item.as_int());
    return bytes;
  }
  return print(value);
}

std::string format_real(double value, char form, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr std::size_t kMost = 330;  // digits and all of the largest, without those of the precision
  std::string buffer(kMost + static_cast<std::size_t>(std::max(precision, 0)), '\0');
  const auto chars_format = form == 'e'   ? std::chars_format::scientific
                            : form == 'f' ? std::chars_format::fixed
                                          : std::chars_format::general;
  char* const begin = buffer.data();
  char* const end = begin + buffer.size();
  const auto result = precision < 0 ? std::to_chars(begin, end, value, chars_format)
                                    : std::to_chars(begin, end, value, chars_format, precision);
  return result.ec == std::errc() ? std::string(begin, result.ptr) : "0";
}

std::string format_real(double value) { return format_go_g(value); }

char32_t next_rune(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) {
    ++at;
    return first;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) {
    ++at;
    return 0xFFFD;
  }
  char32_t rune = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) {
      ++at;
      return 0xFFFD;
    }
    rune = (rune << 6U) | (byte(at + i) & 0x3FU);
  }
  const bool overlong = (length == 3 && rune < 0x800) || (length == 4 && rune < 0x10000);
  if (overlong || rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) {
    ++at;
    return 0xFFFD;
  }
  at += length;
  return rune;
}

void append_rune(std::string& out, char32_t rune) {
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) rune = 0xFFFD;
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xC0U | (rune >> 6U));
    out += static_cast<char>(0x80U | (rune & 0x3FU));
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xE0U | (rune >> 12U));
    out += static_cast<char>(0x80U | ((rune >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (rune & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (rune >> 18U));
    out += static_cast<char>(0x80U | ((rune >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((rune >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (rune & 0x3FU));
  }
}

std::size_t rune_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_rune(text, at);
  return count;
}

std::string quote_go(std::string_view text, Quoting how) {
  std::string out(1, how.quote);
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const char32_t rune = next_rune(text, at);
    std::array<char, 12> escape{};
    if (rune == static_cast<char32_t>(how.quote) || rune == '\\') {
      out += '\\';
      out += static_cast<char>(rune);
    } else if (rune == 0xFFFD && at - start == 1) {
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned char>(text[start]));
      out += escape.data();
    } else if (rune >= 0x20 && rune < 0x7F) {
      out += static_cast<char>(rune);
    } else if (rune < 0x20 || rune == 0x7F) {
      constexpr std::string_view kNamed = "abtnvfr";
      if (rune >= 7 && rune <= 13) {
        out += '\\';
        out += kNamed[rune - 7];
      } else {
        std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned>(rune));
        out += escape.data();
      }
    } else if (how.ascii || !is_print_rune(rune)) {
      std::snprintf(escape.data(), escape.size(), rune > 0xFFFF ? "\\U%08x" : "\\u%04x",
                    static_cast<unsigned>(rune));
      out += escape.data();
    } else {
      out.append(text, start, at - start);
    }
  }
  return out + how.quote;
}

bool can_backquote(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char32_t rune = next_rune(text, at);
    if (rune == 0xFFFD || rune == 0xFEFF || rune == '`' || rune == 0x7F || (rune < ' ' && rune != '\t'))
      return false;
  }
  return true;
}

std::string sprint(std::span<const Value> args) {
  std::string out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i > 0 && !args[i].is_string() && !args[i - 1].is_string()) out += ' ';
    print_to(out, args[i], 0);
  }
  return out;
}

std::string sprintln(std::span<const Value> args) {
  std::string out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i > 0) out += ' ';
    print_to(out, args[i], 0);
  }
  return out + '\n';
}

}  // namespace dpctl::chart
