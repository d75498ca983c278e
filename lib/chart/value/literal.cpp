#include "lib/chart/value/literal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "lib/base/number.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/// Underscores may stand between digits or after a base prefix only.
bool underscores_ok(std::string_view text, bool prefixed) {
  char before = prefixed ? '0' : '^';
  for (const char c : text) {
    if (c == '_' && before != '0') return false;
    before = c == '_' ? '_' : '0';
  }
  return before != '_';
}

/// The same in a number with a point or an exponent.
bool real_underscores_ok(std::string_view text, bool hex) {
  char before = hex ? '0' : '^';
  for (const char c : text) {
    const bool digit = digit_of(c) < (hex ? 16 : 10);
    if (c == '_' && before != '0') return false;
    if (c != '_' && !digit && before == '_') return false;
    before = c == '_' ? '_' : digit ? '0' : '!';
  }
  return before != '_';
}

/// One escape sequence at `at` (behind the backslash). Bytes (\x, octal) are appended raw, runes as UTF-8.
bool unescape(std::string_view text, std::size_t& at, char quote, std::string& out, char32_t* rune_out) {
  if (at >= text.size()) return false;
  const char c = text[at++];
  const auto put = [&](char32_t rune) {
    append_rune(out, rune);
    if (rune_out != nullptr) *rune_out = rune;
    return true;
  };
  const auto digits = [&](std::size_t count, unsigned base, char32_t start) -> std::optional<char32_t> {
    char32_t value = start;
    for (std::size_t i = 0; i < count; ++i) {
      if (at >= text.size() || digit_of(text[at]) >= static_cast<int>(base)) return std::nullopt;
      value = value * base + static_cast<char32_t>(digit_of(text[at++]));
    }
    return value;
  };
  switch (c) {
    case 'a': return put('\a');
    case 'b': return put('\b');
    case 'f': return put('\f');
    case 'n': return put('\n');
    case 'r': return put('\r');
    case 't': return put('\t');
    case 'v': return put('\v');
    case '\\': return put('\\');
    case '\'':
    case '"': return c == quote && put(static_cast<char32_t>(c));
    case 'x': {
      const auto value = digits(2, 16, 0);
      if (!value) return false;
      out += static_cast<char>(*value);
      if (rune_out != nullptr) *rune_out = *value;
      return true;
    }
    case 'u':
    case 'U': {
      const auto value = digits(c == 'u' ? 4 : 8, 16, 0);
      return value && *value <= 0x10FFFF && (*value < 0xD800 || *value > 0xDFFF) && put(*value);
    }
    default: {
      if (c < '0' || c > '7') return false;
      const auto value = digits(2, 8, static_cast<char32_t>(c - '0'));
      if (!value || *value > 255) return false;
      out += static_cast<char>(*value);
      if (rune_out != nullptr) *rune_out = *value;
      return true;
    }
  }
}

}  // namespace

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  unsigned base = 10;
  bool prefixed = false;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = text.size() > 2 ? static_cast<char>(text[1] | 0x20) : ' ';
    base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 8;
    prefixed = true;
    text.remove_prefix(mark == 'x' || mark == 'o' || mark == 'b' ? 2 : 1);
  }
  if (text.empty() || !underscores_ok(text, prefixed)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c == '_') continue;
    const auto digit = static_cast<unsigned>(digit_of(c));
    if (digit >= base) return std::nullopt;
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) return std::nullopt;
  const auto magnitude = parse_unsigned(text);
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!magnitude || *magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
  return negative ? static_cast<std::int64_t>(~*magnitude + 1) : static_cast<std::int64_t>(*magnitude);
}

std::optional<std::int64_t> parse_decimal(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  return read_number(text, value) ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_real(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  double value = 0;
  if (lower == "inf" || lower == "infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (lower == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    const bool hex = lower.starts_with("0x");
    std::string_view digits = lower;
    if (hex) digits.remove_prefix(2);
    if (hex && digits.find('p') == std::string_view::npos) return std::nullopt;
    if (digits.empty() || !(digit_of(digits[0]) < (hex ? 16 : 10) || digits[0] == '.')) return std::nullopt;
    std::string without;
    if (digits.find('_') != std::string_view::npos) {
      if (!real_underscores_ok(digits, hex)) return std::nullopt;
      without = digits;
      std::erase(without, '_');
      digits = without;
    }
    const auto format = hex ? std::chars_format::hex : std::chars_format::general;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
    if (code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  }
  return negative ? -value : value;
}

std::optional<std::string> unquote(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back()) return std::nullopt;
  const char quote = literal.front();
  const auto body = literal.substr(1, literal.size() - 2);
  std::string out;
  if (quote == '`') {
    out = body;
    std::erase(out, '\r');
    return out;
  }
  if (quote != '"') return std::nullopt;
  out.reserve(body.size());
  for (std::size_t at = 0; at < body.size();) {
    if (body[at] != '\\') {
      if (body[at] == quote || body[at] == '\n') return std::nullopt;
      append_rune(out, next_rune(body, at));  // what is no UTF-8 becomes U+FFFD
      continue;
    }
    ++at;
    if (!unescape(body, at, quote, out, nullptr)) return std::nullopt;
  }
  return out;
}

std::optional<char32_t> unquote_char(std::string_view literal, bool& rest) {
  rest = false;
  if (literal.size() < 3 || literal.front() != '\'' || literal.back() != '\'') return std::nullopt;
  const auto body = literal.substr(1, literal.size() - 2);
  std::size_t at = 0;
  char32_t rune = 0;
  std::string ignored;
  if (body[0] == '\\') {
    at = 1;
    if (!unescape(body, at, '\'', ignored, &rune)) return std::nullopt;
  } else {
    if (body[0] == '\'') return std::nullopt;
    rune = next_rune(body, at);
  }
  rest = at != body.size();
  if (rest) return std::nullopt;
  return rune;
}

}  // namespace dpctl::chart
