// fmt.Sprintf on template values: verbs, flags, width, precision, explicit argument indexes, and Go's own
// marks for mistakes
// ("%!d(string=x)", "%!s(MISSING)"), which charts' output may contain.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxWidth = 1'000'000;  // Go's own bound

struct Spec {
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  std::optional<int> width{};
  std::optional<int> precision{};
  char32_t verb = 'v';
};

void pad(std::string& out, const Spec& spec, std::string_view text) {
  const auto length = static_cast<int>(rune_count(text));
  const int fill = std::max(0, spec.width.value_or(0) - length);
  if (spec.minus) {
    out += text;
    out.append(static_cast<std::size_t>(fill), ' ');
  } else {
    out.append(static_cast<std::size_t>(fill), spec.zero ? '0' : ' ');
    out += text;
  }
}

/// Digits with sign, zero-filled between sign and digits.
void pad_number(std::string& out, const Spec& spec, std::string sign, std::string digits, bool zeros) {
  const auto length = static_cast<int>(sign.size() + digits.size());
  if (zeros && spec.zero && !spec.minus && spec.width && *spec.width > length) {
    digits.insert(0, static_cast<std::size_t>(*spec.width - length), '0');
  }
  Spec plain = spec;
  plain.zero = false;
  pad(out, plain, sign + digits);
}

void format_value(std::string& out, const Spec& spec, const Value& value, int depth);

/// The value is shown in its own way, but as wide as was asked for.
void bad_verb(std::string& out, const Spec& spec, const Value& value, int depth) {
  out += "%!";
  append_rune(out, spec.verb);
  out += '(';
  if (value.is_nil()) {
    out += "<nil>";
  } else {
    out += type_name(value) + "=";
    Spec plain = spec;
    plain.verb = 'v';
    plain.sharp = false;
    format_value(out, plain, value, depth);
  }
  out += ')';
}

void format_integer(std::string& out, const Spec& spec, std::int64_t number, unsigned base, bool upper,
                    const char* prefix) {
  auto magnitude = number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
  std::string digits;
  const char* alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  do {
    digits.insert(digits.begin(), alphabet[magnitude % base]);
    magnitude /= base;
  } while (magnitude != 0);
  if (spec.precision) {
    if (*spec.precision == 0 && number == 0) digits.clear();
    if (static_cast<int>(digits.size()) < *spec.precision)
      digits.insert(0, static_cast<std::size_t>(*spec.precision) - digits.size(), '0');
  }
  std::string sign = number < 0 ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  sign += prefix;
  pad_number(out, spec, sign, digits, !spec.precision);
}

bool format_integer_verb(std::string& out, const Spec& spec, const Value& value) {
  const auto number = value.as_int();
  switch (spec.verb) {
    case 'v':
    case 'd': format_integer(out, spec, number, 10, false, ""); return true;
    case 'b': format_integer(out, spec, number, 2, false, spec.sharp ? "0b" : ""); return true;
    case 'o': format_integer(out, spec, number, 8, false, spec.sharp ? "0" : ""); return true;
    case 'O': format_integer(out, spec, number, 8, false, "0o"); return true;
    case 'x': format_integer(out, spec, number, 16, false, spec.sharp ? "0x" : ""); return true;
    case 'X': format_integer(out, spec, number, 16, true, spec.sharp ? "0X" : ""); return true;
    case 'c':
    case 'q': {
      std::string rune;
      append_rune(rune, number < 0 || number > 0x10FFFF ? 0xFFFD : static_cast<char32_t>(number));
      if (spec.verb == 'q') {
        auto quoted = quote_go(rune);
        rune = rune == "'"    ? "'\\''"
               : rune == "\"" ? "'\"'"
                              : "'" + quoted.substr(1, quoted.size() - 2) + "'";
      }
      pad(out, spec, rune);
      return true;
    }
    case 'U': {
      std::array<char, 32> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "U+%04llX", static_cast<unsigned long long>(number));
      pad(out, spec, buffer.data());
      return true;
    }
    default: return false;
  }
}

bool format_real_verb(std::string& out, const Spec& spec, double number) {
  char form = 'g';
  int precision = spec.precision.value_or(-1);
  std::string text;
  switch (spec.verb) {
    case 'v':
      text = precision < 0 ? format_real(std::fabs(number)) : format_real(std::fabs(number), 'g', precision);
      break;
    case 'g':
    case 'G':
      text = precision < 0 ? format_real(std::fabs(number)) : format_real(std::fabs(number), 'g', precision);
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
      form = spec.verb == 'e' || spec.verb == 'E' ? 'e' : 'f';
      text = format_real(std::fabs(number), form, precision < 0 ? 6 : precision);
      break;
    default: return false;
  }
  if (spec.verb == 'E' || spec.verb == 'G')
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c == 'e' ? 'E' : c; });
  if (text.starts_with('+')) text.erase(0, 1);
  const bool finite = std::isfinite(number);
  const std::string sign = std::signbit(number) && !std::isnan(number)                         ? "-"
                           : spec.plus || (!finite && !std::isnan(number) && spec.verb != 'v') ? "+"
                           : spec.space                                                        ? " "
                           : std::isinf(number)                                                ? "+"
                                                                                               : "";
  pad_number(out, spec, sign, text, finite);
  return true;
}

bool format_string_verb(std::string& out, const Spec& spec, const std::string& whole) {
  std::string_view text = whole;
  if (spec.precision && (spec.verb == 's' || spec.verb == 'v' || spec.verb == 'q')) {
    std::size_t at = 0;
    for (int i = 0; i < *spec.precision && at < text.size(); ++i) next_rune(text, at);
    text = text.substr(0, at);
  }
  switch (spec.verb) {
    case 'v':
      if (spec.sharp) {
        pad(out, spec, quote_go(text));
        return true;
      }
      pad(out, spec, text);
      return true;
    case 's': pad(out, spec, text); return true;
    case 'q':
      if (spec.sharp && text.find('`') == std::string_view::npos &&
          text.find('\n') == std::string_view::npos) {
        pad(out, spec, "`" + std::string(text) + "`");
      } else {
        pad(out, spec, quote_go(text));
      }
      return true;
    case 'x':
    case 'X': {
      std::string hex;
      const char* alphabet = spec.verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
      for (const char c : text) {
        if (spec.space && !hex.empty()) hex += ' ';
        hex += alphabet[static_cast<unsigned char>(c) >> 4U];
        hex += alphabet[static_cast<unsigned char>(c) & 15U];
      }
      pad(out, spec, hex);
      return true;
    }
    default: return false;
  }
}

void format_value(std::string& out, const Spec& spec, const Value& value, int depth) {
  if (depth > 1000) return;
  bool done = false;
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil:
      if (spec.verb == 'v') {
        pad(out, spec, "<nil>");
        done = true;
      }
      break;
    case Kind::boolean:
      if (spec.verb == 'v' || spec.verb == 't') {
        pad(out, spec, value.as_bool() ? "true" : "false");
        done = true;
      }
      break;
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: done = format_integer_verb(out, spec, value); break;
    case Kind::real: done = format_real_verb(out, spec, value.as_real()); break;
    case Kind::string: done = format_string_verb(out, spec, value.as_string()); break;
    case Kind::list:
      if (value.elem() == Elem::byte && (spec.verb == 's' || spec.verb == 'q' || spec.verb == 'x')) {
        done = format_string_verb(out, spec, to_text(value));
        break;
      }
      out += '[';
      for (bool first = true; const auto& item : value.as_list()) {
        if (!first) out += ' ';
        first = false;
        format_value(out, spec, item, depth + 1);
      }
      out += ']';
      done = true;
      break;
    case Kind::map:
      out += "map[";
      for (bool first = true; const auto& entry : value.as_map().entries) {
        if (!first) out += ' ';
        first = false;
        format_value(out, spec, entry.key, depth + 1);
        out += ':';
        format_value(out, spec, entry.value, depth + 1);
      }
      out += ']';
      done = true;
      break;
    case Kind::object: done = format_string_verb(out, spec, value.as_object().print()); break;
  }
  if (!done) bad_verb(out, spec, value, depth + 1);
}

/// Reads one format string from left to right.
class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> args) : format_(format), args_(args) {}

  std::string run() {
    while (at_ < format_.size()) {
      const auto percent = format_.find('%', at_);
      out_ += format_.substr(at_, percent - at_);
      if (percent == std::string_view::npos) break;
      at_ = percent + 1;
      directive();
    }
    if (!reordered_ && next_ < args_.size()) extra();
    return std::move(out_);
  }

 private:
  void directive() {
    Spec spec;
    good_index_ = true;
    bool after_index = false;
    read_flags(spec);
    after_index = read_index();
    if (at_ < format_.size() && format_[at_] == '*') {
      ++at_;
      spec.width = star();
      if (!spec.width) out_ += "%!(BADWIDTH)";
      if (spec.width && *spec.width < 0) {
        spec.width = -*spec.width;
        spec.minus = true;
        spec.zero = false;
      }
      after_index = false;
    } else {
      spec.width = number();
      if (after_index && spec.width) good_index_ = false;
    }
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      if (after_index) good_index_ = false;
      after_index = read_index();
      if (at_ < format_.size() && format_[at_] == '*') {
        ++at_;
        spec.precision = star();
        if (spec.precision && *spec.precision < 0)
          spec.precision.reset();
        else if (!spec.precision)
          out_ += "%!(BADPREC)";
        after_index = false;
      } else {
        spec.precision = number().value_or(0);
      }
    }
    if (!after_index) read_index();
    if (at_ >= format_.size()) {
      out_ += "%!(NOVERB)";
      return;
    }
    spec.verb = next_rune(format_, at_);
    verb(spec);
  }

  void verb(Spec& spec) {
    if (spec.verb == '%') {
      out_ += '%';
      return;
    }
    if (!good_index_) {
      out_ += "%!";
      append_rune(out_, spec.verb);
      out_ += "(BADINDEX)";
      return;
    }
    if (next_ >= args_.size()) {
      out_ += "%!";
      append_rune(out_, spec.verb);
      out_ += "(MISSING)";
      return;
    }
    const Value& value = args_[next_++];
    if (spec.verb == 'T') {
      pad(out_, spec, type_name(value));
      return;
    }
    format_value(out_, spec, value, 0);
  }

  void read_flags(Spec& spec) {
    for (; at_ < format_.size(); ++at_) {
      switch (format_[at_]) {
        case '+': spec.plus = true; break;
        case '-':
          spec.minus = true;
          spec.zero = false;
          break;
        case '#': spec.sharp = true; break;
        case ' ': spec.space = true; break;
        case '0': spec.zero = !spec.minus; break;
        default: return;
      }
    }
  }

  bool read_index() {
    if (at_ >= format_.size() || format_[at_] != '[') return false;
    reordered_ = true;
    const auto close = format_.find(']', at_);
    if (close == std::string_view::npos) {
      good_index_ = false;
      ++at_;
      return false;
    }
    std::size_t index = 0;
    bool digits = close > at_ + 1;
    for (auto i = at_ + 1; i < close; ++i) {
      digits = digits && format_[i] >= '0' && format_[i] <= '9' && index < 100000;
      if (digits) index = index * 10 + static_cast<std::size_t>(format_[i] - '0');
    }
    at_ = close + 1;
    if (!digits || index == 0 || index > args_.size()) {
      good_index_ = false;
    } else {
      next_ = index - 1;
    }
    return true;
  }

  std::optional<int> number() {
    std::optional<int> value;
    while (at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9') {
      value = value.value_or(0) * 10 + (format_[at_++] - '0');
      if (*value > kMaxWidth) return std::nullopt;
    }
    return value;
  }

  std::optional<int> star() {
    if (next_ >= args_.size()) return std::nullopt;
    const Value& value = args_[next_++];
    if (!value.is_integer() || value.as_int() > kMaxWidth || value.as_int() < -kMaxWidth) return std::nullopt;
    return static_cast<int>(value.as_int());
  }

  void extra() {
    out_ += "%!(EXTRA ";
    for (auto i = next_; i < args_.size(); ++i) {
      if (i > next_) out_ += ", ";
      out_ += args_[i].is_nil() ? "<nil>" : type_name(args_[i]) + "=" + print(args_[i]);
    }
    out_ += ')';
  }

  std::string_view format_;
  std::span<const Value> args_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool reordered_ = false;
  bool good_index_ = true;
  std::string out_;
};

}  // namespace

std::string format_go(std::string_view format, std::span<const Value> args) {
  return Formatter(format, args).run();
}

}  // namespace dpctl::chart
