// format_operand.cpp: one value in the form of one verb, by the rules of Go's fmt. The verb and its flags
// reach every element of a list or a map, so "%05d" of a map fills the numbers inside and marks its keys as
// mistakes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/complex.hpp"
#include "lib/chart/value/format_spec.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/runes.hpp"

namespace dpctl::chart {
namespace {

using Spec = FormatSpec;

constexpr std::size_t kMaxText = std::size_t{64} << 20U;  // bytes; what one call may write
constexpr int kMaxDepth = 1000;

constexpr const char* kLower = "0123456789abcdefx";
constexpr const char* kUpper = "0123456789ABCDEFX";

void fill(std::string& out, const Spec& spec, std::int64_t count) {
  if (count > 0) out.append(static_cast<std::size_t>(count), spec.zero && !spec.minus ? '0' : ' ');
}

/// Zeros of a number stand behind its sign and are part of `text` already.
void pad_with_blanks(std::string& out, Spec spec, std::string_view text) {
  spec.zero = false;
  pad_text(out, spec, text);
}

std::string_view truncated(const Spec& spec, std::string_view text) {
  if (!spec.precision) return text;
  std::size_t at = 0;
  for (int i = 0; i < *spec.precision && at < text.size(); ++i) next_rune(text, at);
  return text.substr(0, at);
}

struct Integer {
  std::uint64_t magnitude;
  bool negative;
  bool is_signed;
};

Integer integer_of(const Value& value) {
  const auto number = value.as_int();
  const bool is_signed = value.kind() != Kind::byte;
  const bool negative = is_signed && number < 0;
  const auto bits = static_cast<std::uint64_t>(number);
  return {negative ? ~bits + 1 : bits, negative, is_signed};
}

std::string digits_of(std::uint64_t magnitude, unsigned base, const char* alphabet) {
  std::string digits;
  do {
    digits += alphabet[magnitude % base];
    magnitude /= base;
  } while (magnitude != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

void in_base(std::string& out, const Spec& spec, const Integer& number, unsigned base, const char* alphabet) {
  const bool has_sign = number.negative || spec.plus || spec.space;
  int least = 0;
  if (spec.precision) {
    least = *spec.precision;
    if (least == 0 && number.magnitude == 0) return pad_with_blanks(out, spec, "");
  } else if (spec.zero && !spec.minus && spec.width) {
    least = *spec.width - (has_sign ? 1 : 0);
  }
  std::string digits = digits_of(number.magnitude, base, alphabet);
  if (static_cast<int>(digits.size()) < least)
    digits.insert(0, static_cast<std::size_t>(least) - digits.size(), '0');
  std::string text = number.negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  if (spec.verb == 'O') text += "0o";
  if (spec.sharp && base == 2) text += "0b";
  if (spec.sharp && base == 8 && digits[0] != '0') text += '0';
  if (spec.sharp && base == 16) text += {'0', alphabet[16]};
  pad_with_blanks(out, spec, text + digits);
}

char32_t rune_of(const Integer& number) {
  return number.negative || number.magnitude > 0x10FFFF ? 0xFFFD : static_cast<char32_t>(number.magnitude);
}

void code_point(std::string& out, const Spec& spec, const Integer& number) {
  const auto bits = number.negative ? ~number.magnitude + 1 : number.magnitude;
  std::string digits = digits_of(bits, 16, kUpper);
  const auto least = static_cast<std::size_t>(std::max(4, spec.precision.value_or(0)));
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  std::string text = "U+" + digits;
  if (spec.sharp && bits <= 0x10FFFF && is_print_rune(static_cast<char32_t>(bits))) {
    text += " '";
    append_rune(text, static_cast<char32_t>(bits));
    text += '\'';
  }
  pad_with_blanks(out, spec, text);
}

bool integer(std::string& out, const Spec& spec, const Integer& number) {
  switch (spec.verb) {
    case 'v':
      if (spec.go_syntax && !number.is_signed) {
        Spec hex = spec;
        hex.sharp = true;
        in_base(out, hex, number, 16, kLower);
        return true;
      }
      [[fallthrough]];
    case 'd': in_base(out, spec, number, 10, kLower); return true;
    case 'b': in_base(out, spec, number, 2, kLower); return true;
    case 'o':
    case 'O': in_base(out, spec, number, 8, kLower); return true;
    case 'x': in_base(out, spec, number, 16, kLower); return true;
    case 'X': in_base(out, spec, number, 16, kUpper); return true;
    case 'c':
    case 'q': {
      std::string rune;
      append_rune(rune, rune_of(number));
      pad_text(out, spec, spec.verb == 'c' ? rune : quote_go(rune, {.quote = '\'', .ascii = spec.plus}));
      return true;
    }
    case 'U': code_point(out, spec, number); return true;
    default: return false;
  }
}

/// `%b`: the mantissa as a whole number, and the power of two.
std::string in_binary(double value) {
  constexpr int kBits = 53, kLeast = -1074;
  int exponent = 0;
  std::frexp(value, &exponent);
  exponent = value == 0 ? kLeast : std::max(exponent - kBits, kLeast);
  const double whole = std::ldexp(value, -exponent);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s%.0fp%+d", std::signbit(value) ? "-" : "", std::fabs(whole),
                exponent);
  return text.data();
}

/// `%x`: hexadecimal digits, normalised to one before the point, and an exponent of two digits at least.
std::string in_hex(double value, int precision) {
  int exponent = 0;
  double mantissa = std::frexp(std::fabs(value), &exponent);
  if (value != 0) {
    mantissa *= 2;
    --exponent;
  }
  std::string text(static_cast<std::size_t>(std::max(precision, 0)) + 64, '\0');
  const int size = precision < 0 ? std::snprintf(text.data(), text.size(), "%a", mantissa)
                                 : std::snprintf(text.data(), text.size(), "%.*a", precision, mantissa);
  text.resize(static_cast<std::size_t>(size));
  text.resize(text.find('p'));
  if (text[2] == '2') {  // rounded up
    text[2] = '1';
    ++exponent;
  }
  std::array<char, 16> power{};
  std::snprintf(power.data(), power.size(), "p%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
  return (std::signbit(value) ? "-" : "") + text + power.data();
}

/// With `#`: always a decimal point, and for %g and %x no zero at the end is left out.
void keep_zeros(std::string& text, char form, int precision) {
  const bool hex = form == 'x' || form == 'X';
  int digits = form == 'g' || form == 'G' || form == 'x' ? (precision < 0 ? 6 : precision) : 0;
  const auto tail_at = text.find_first_of(hex ? "pP" : "eE", 1);
  const std::string tail = tail_at == std::string::npos ? "" : text.substr(tail_at);
  text.resize(text.size() - tail.size());
  bool point = false, significant = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    significant = significant || text[i] != '0';
    if (significant) --digits;
  }
  if (!point) {
    if (text.size() == 2 && text[1] == '0') --digits;
    text += '.';
  }
  if (digits > 0) text.append(static_cast<std::size_t>(digits), '0');
  text += tail;
}

void float_in(std::string& out, const Spec& spec, double value, char form, int precision) {
  precision = spec.precision.value_or(precision);
  std::string text;
  switch (form) {
    case 'b': text = in_binary(value); break;
    case 'x':
    case 'X': text = std::isfinite(value) ? in_hex(value, precision) : format_real(value); break;
    case 'g':
    case 'G': text = precision < 0 ? format_real(value) : format_real(value, 'g', precision); break;
    default: text = format_real(value, form == 'E' ? 'e' : form, precision);
  }
  if (!std::isfinite(value)) text = format_real(value);
  if (text[0] != '-' && text[0] != '+') text.insert(text.begin(), '+');
  if (spec.space && text[0] == '+' && !spec.plus) text[0] = ' ';
  if (!std::isfinite(value)) {
    if (std::isnan(value) && !spec.space && !spec.plus) text.erase(0, 1);
    return pad_with_blanks(out, spec, text);
  }
  if (form == 'E' || form == 'G' || form == 'X')
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (spec.sharp && form != 'b') keep_zeros(text, form, precision);
  if (!spec.plus && text[0] == '+') return pad_text(out, spec, std::string_view(text).substr(1));
  const auto missing = spec.width.value_or(0) - static_cast<std::int64_t>(text.size());
  if (spec.zero && !spec.minus && missing > 0) text.insert(1, static_cast<std::size_t>(missing), '0');
  pad_text(out, spec, text);
}

bool real(std::string& out, const Spec& spec, double value) {
  switch (spec.verb) {
    case 'v': float_in(out, spec, value, 'g', -1); return true;
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X': float_in(out, spec, value, static_cast<char>(spec.verb), -1); return true;
    case 'f':
    case 'e':
    case 'E': float_in(out, spec, value, static_cast<char>(spec.verb), 6); return true;
    case 'F': float_in(out, spec, value, 'f', 6); return true;
    default: return false;
  }
}

bool complex(std::string& out, const Spec& spec, const ComplexParts& parts) {
  constexpr std::u32string_view kVerbs = U"vbgGxXfFeE";
  if (kVerbs.find(spec.verb) == std::u32string_view::npos) return false;
  out += '(';
  real(out, spec, parts.real);
  Spec signed_spec = spec;
  signed_spec.plus = true;
  real(out, signed_spec, parts.imaginary);
  out += "i)";
  return true;
}

/// The precision counts bytes here.
void hex_bytes(std::string& out, const Spec& spec, std::string_view bytes, const char* alphabet) {
  if (spec.precision) bytes = bytes.substr(0, static_cast<std::size_t>(*spec.precision));
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (spec.space && i > 0) text += ' ';
    if (spec.sharp && (spec.space || i == 0)) text += {'0', alphabet[16]};
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += {alphabet[byte >> 4U], alphabet[byte & 15U]};
  }
  pad_text(out, spec, text);
}

void quoted(std::string& out, const Spec& spec, std::string_view whole) {
  const auto text = truncated(spec, whole);
  if (spec.sharp && can_backquote(text)) {
    pad_text(out, spec, fmt::format("`{}`", text));
  } else {
    pad_text(out, spec, quote_go(text, {.ascii = spec.plus}));
  }
}

bool string(std::string& out, const Spec& spec, std::string_view text) {
  switch (spec.verb) {
    case 'v':
      if (spec.go_syntax) {
        quoted(out, spec, text);
        return true;
      }
      [[fallthrough]];
    case 's': pad_text(out, spec, truncated(spec, text)); return true;
    case 'q': quoted(out, spec, text); return true;
    case 'x': hex_bytes(out, spec, text, kLower); return true;
    case 'X': hex_bytes(out, spec, text, kUpper); return true;
    default: return false;
  }
}

/// Where a value stands tells its Go type: an operand, an element of its own type, or one held as
/// interface{}.
enum class Held { operand, plain, interface };

class Operand {
 public:
  Operand(std::string& out, const Spec& spec) : out_(out), spec_(spec) {}

  void write(const Value& value, Held held, int depth) {
    if (depth > kMaxDepth) return;
    if (out_.size() > kMaxText) throw_error("the text of a value is larger than its bound");
    if (!write_by_kind(value, held, depth)) mistake(value);
  }

 private:
  bool write_by_kind(const Value& value, Held held, int depth) {
    switch (value.kind()) {
      case Kind::invalid:
      case Kind::nil: return nothing(held);
      case Kind::boolean:
        if (spec_.verb != 't' && spec_.verb != 'v') return false;
        pad_text(out_, spec_, value.as_bool() ? "true" : "false");
        return true;
      case Kind::integer:
      case Kind::int64:
      case Kind::byte: return integer(out_, spec_, integer_of(value));
      case Kind::real: return real(out_, spec_, value.as_real());
      case Kind::string: return string(out_, spec_, value.as_string());
      case Kind::list: return list(value, held, depth);
      case Kind::map: return map(value, held, depth);
      case Kind::object: return object(value);
    }
    return false;
  }

  bool nothing(Held held) {
    if (held == Held::interface) {
      out_ += spec_.go_syntax ? "interface {}(nil)" : "<nil>";
      return true;
    }
    if (spec_.verb != 'v') return false;
    pad_text(out_, spec_, "<nil>");
    return true;
  }

  bool object(const Value& value) {
    if (const auto parts = complex_parts(value)) return complex(out_, spec_, *parts);
    return string(out_, spec_, value.as_object().print());
  }

  bool list(const Value& value, Held held, int depth) {
    const bool bytes = value.elem() == Elem::byte;
    constexpr std::u32string_view kText = U"sqxX";
    if (bytes && kText.find(spec_.verb) != std::u32string_view::npos)
      return string(out_, spec_, to_text(value));
    if (refuses_all(held, bytes)) return held == Held::operand && spec_.verb == 'p' && address(value);
    if (spec_.go_syntax) {
      out_ += bytes && held == Held::operand ? "[]byte" : type_name(value);
      if (value.is_nil_list()) {
        out_ += "(nil)";
        return true;
      }
    }
    out_ += spec_.go_syntax ? '{' : '[';
    for (bool first = true; const auto& item : value.as_list()) {
      separate(first);
      write(item, value.elem() == Elem::any ? Held::interface : Held::plain, depth + 1);
    }
    out_ += spec_.go_syntax ? '}' : ']';
    return true;
  }

  bool map(const Value& value, Held held, int depth) {
    if (refuses_all(held, false)) return held == Held::operand && spec_.verb == 'p' && address(value);
    if (spec_.go_syntax) {
      out_ += type_name(value);
      if (value.is_nil_map()) {
        out_ += "(nil)";
        return true;
      }
    }
    out_ += spec_.go_syntax ? "{" : "map[";
    for (bool first = true; const auto& entry : value.as_map().entries) {
      separate(first);
      write(entry.key, Held::plain, depth + 1);
      out_ += ':';
      write(entry.value, value.elem() == Elem::any ? Held::interface : Held::plain, depth + 1);
    }
    out_ += spec_.go_syntax ? '}' : ']';
    return true;
  }

  /// `%w` belongs to Errorf, and `%p` shows where an operand lies, not what is in it.
  [[nodiscard]] bool refuses_all(Held held, bool bytes) const {
    if (spec_.verb == 'w') return !in_mistake_ && !(bytes && held == Held::operand);
    return spec_.verb == 'p' && held == Held::operand;
  }

  bool address(const Value& value) {
    Spec hex = spec_;
    hex.sharp = !spec_.sharp;
    const auto at = value.is_map() ? reinterpret_cast<std::uintptr_t>(&value.as_map())
                                   : reinterpret_cast<std::uintptr_t>(&value.as_list());
    in_base(out_, hex, {at, false, false}, 16, kLower);
    return true;
  }

  void separate(bool& first) {
    if (!first) out_ += spec_.go_syntax ? ", " : " ";
    first = false;
  }

  /// The value is shown in its own way, but with the flags that were given.
  void mistake(const Value& value) {
    out_ += "%!";
    append_rune(out_, spec_.verb);
    out_ += '(';
    if (value.is_nil()) {
      out_ += "<nil>";
    } else {
      out_ += type_name(value) + "=";
      const auto verb = std::exchange(spec_.verb, U'v');
      in_mistake_ = true;
      write(value, Held::operand, 0);
      in_mistake_ = false;
      spec_.verb = verb;
    }
    out_ += ')';
  }

  std::string& out_;
  Spec spec_;
  bool in_mistake_ = false;
};

}  // namespace

void pad_text(std::string& out, const FormatSpec& spec, std::string_view text) {
  const auto missing = spec.width.value_or(0) - static_cast<std::int64_t>(rune_count(text));
  if (!spec.minus) fill(out, spec, missing);
  out += text;
  if (spec.minus) fill(out, spec, missing);
}

void format_operand(std::string& out, const FormatSpec& spec, const Value& value) {
  Operand(out, spec).write(value, Held::operand, 0);
}

}  // namespace dpctl::chart
