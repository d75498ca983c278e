#include <algorithm>
#include <cstdint>

#include "lib/data/utf8.hpp"
#include "lib/data/yaml_writer.hpp"

namespace dpctl::yaml {
namespace {

std::size_t first_different_byte(std::string_view a, std::string_view b) {
  const auto [at, other] = std::mismatch(
      a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin());
  return static_cast<std::size_t>(at - a.begin());
}

// The beginning of the character that the byte belongs to in one of the two.
std::size_t first_difference(std::string_view a, std::string_view b, std::size_t index) {
  const auto inside = [](std::string_view text, std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  while (index > 0 && (inside(a, index) || inside(b, index))) --index;
  return index;
}

char32_t character(std::string_view text, std::size_t at) { return decode_utf8(text, at).point; }

// Does the number that this place is inside of have a digit other than 0 so far?
bool inside_number(std::string_view text, std::size_t at) {
  while (at > 0) {
    --at;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    const char32_t point = character(text, at);
    if (!is_decimal_digit(point)) return false;
    if (point != U'0') return true;
  }
  return false;
}

// The number that goes on here, and how many digits of it there are. A number too long wraps around: any
// order will do for it.
struct Number {
  std::uint64_t value = 0;
  std::size_t digits = 0;
};
Number number_at(std::string_view text, std::size_t at, std::uint64_t begun) {
  Number number{begun, 0};
  while (at < text.size()) {
    const Utf8 digit = decode_utf8(text, at);
    if (!is_decimal_digit(digit.point)) break;
    number.value = number.value * 10U + (digit.point - U'0');
    ++number.digits;
    at += digit.bytes;
  }
  return number;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  const std::size_t byte = first_different_byte(a, b);
  if (byte >= a.size() || byte >= b.size()) return a.size() < b.size();
  if (is_ascii_letter(a[byte]) && is_ascii_letter(b[byte])) return a[byte] < b[byte];
  const std::size_t at = first_difference(a, b, byte);
  const char32_t x = character(a, at), y = character(b, at);
  const bool x_letter = is_letter(x), y_letter = is_letter(y);
  if (x_letter && y_letter) return x < y;
  if (x_letter || y_letter) return y_letter;
  // A 0 that leads says nothing; one behind another digit makes the number larger.
  const std::uint64_t begun = (x == U'0' || y == U'0') && inside_number(a, at) ? 1 : 0;
  const Number p = number_at(a, at, begun), q = number_at(b, at, begun);
  if (p.value != q.value) return static_cast<std::int64_t>(p.value) < static_cast<std::int64_t>(q.value);
  if (p.digits != q.digits) return p.digits < q.digits;
  return x < y;
}

}  // namespace dpctl::yaml
