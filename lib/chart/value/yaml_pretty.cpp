// yaml_pretty.cpp: values as yaml.v3's encoder lays them out with an indent of two.
//
// Unlike toYaml there is no way through JSON: kinds print as Go has them. Lines are never folded, so a scalar
// depends on its depth only where it is a literal block.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/yaml_resolve.hpp"
#include "lib/data/yaml_writer.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 1000;
constexpr std::size_t kMaxText = std::size_t{64} << 20U;  // bytes; a small value can have an endless text
constexpr std::size_t kLongestKey = 128;  // bytes; a longer one is written behind a question mark

bool is_break(char32_t rune) {
  return rune == '\n' || rune == '\r' || rune == 0x85 || rune == 0x2028 || rune == 0x2029;
}
/// What an emitter writes as it is: nothing beyond the basic plane.
bool is_printable(char32_t rune) {
  return rune == '\n' || (rune >= 0x20 && rune <= 0x7E) || (rune >= 0xA0 && rune <= 0xD7FF) ||
         (rune >= 0xE000 && rune <= 0xFFFD && rune != 0xFEFF);
}

/// What the text allows, as libyaml's emitter finds it.
struct Allowed {
  bool plain = true, single = true, block = true;
};

Allowed allowed(std::string_view text) {
  Allowed out;
  if (text.empty()) return out;
  if (text.starts_with("---") || text.starts_with("...")) out.plain = false;
  constexpr std::string_view kIndicators = "#,[]{}&*!|>'\"%@`";
  if (kIndicators.find(text[0]) != std::string_view::npos) out.plain = false;
  const auto blank_at = [&](std::size_t at) {
    return at >= text.size() || text[at] == ' ' || text[at] == '\t';
  };
  if ((text[0] == '?' || text[0] == ':' || text[0] == '-') && blank_at(1)) out.plain = false;
  char32_t before = ' ';
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const char32_t rune = next_rune(text, at);
    const bool ends = at == text.size();
    if (start > 0 && rune == ':' && blank_at(at)) out.plain = false;
    if (start > 0 && rune == '#' && (before == ' ' || before == '\t' || is_break(before))) out.plain = false;
    if (rune == '\t') out.plain = out.single = false;
    if (rune != '\t' && !is_printable(rune)) out.plain = out.single = out.block = false;
    if (rune == ' ') {
      if (start == 0 || ends) out.plain = false;
      if (ends) out.block = false;
      if (start > 0 && is_break(before)) out.plain = out.single = false;
    } else if (is_break(rune)) {
      out.plain = false;
      if (start > 0 && before == ' ') out.single = out.block = false;
    }
    before = rune;
  }
  return out;
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const char32_t rune = next_rune(text, at);
    constexpr std::string_view kNamed("\0\a\b\t\n\v\f\r\x1b\"\\", 11);
    constexpr std::string_view kNames = "0abtnvfre\"\\";
    const auto named = rune < 0x80 ? kNamed.find(static_cast<char>(rune)) : std::string_view::npos;
    if (named != std::string_view::npos) {
      out += '\\';
      out += kNames[named];
    } else if (is_printable(rune) && !is_break(rune)) {
      out.append(text, start, at - start);
    } else if (rune == 0x85) {
      out += "\\N";
    } else if (rune == 0x2028 || rune == 0x2029) {
      out += rune == 0x2028 ? "\\L" : "\\P";
    } else {
      const auto code = static_cast<unsigned>(rune);
      out += code <= 0xFF     ? fmt::format("\\x{:02X}", code)
             : code <= 0xFFFF ? fmt::format("\\u{:04X}", code)
                              : fmt::format("\\U{:08X}", code);
    }
  }
  return out + '"';
}

/// What follows U+2028 or U+2029 is indented like another line.
std::string single_quoted(std::string_view text, std::size_t indent) {
  std::string out = "'";
  bool broken = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const bool breaks = is_break(next_rune(text, at));
    if (broken && !breaks) out.append(indent, ' ');
    broken = breaks;
    out.append(text, start, at - start);
    if (text[start] == '\'') out += '\'';
  }
  return out + '\'';
}

bool has_break(std::string_view text) {
  for (std::size_t at = 0; at < text.size();)
    if (is_break(next_rune(text, at))) return true;
  return false;
}

/// A literal block: its header, then its lines, indented.
std::string literal(std::string_view text, std::size_t indent) {
  std::string out = "|";
  if (text[0] == ' ' || text[0] == '\n') out += '2';
  if (!text.ends_with('\n')) {
    out += '-';
  } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
    out += '+';
  }
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += '\n';
    if (end > at) out.append(indent, ' ').append(text, at, end - at);
    at = end + 1;
  }
  return out;
}

/// Would it read back as something else than text? The rules of YAML 1.2 on top of those of 1.1.
bool is_other(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  return yaml::needs_quotes(text) || text == "<<" ||
         (digits.size() > 2 && digits.starts_with("0o") &&
          digits.find_first_not_of("01234567_", 2) == std::string_view::npos);
}

/// In lines of 70 characters, as the library breaks what is no UTF-8.
std::string binary(const std::string& text) {
  constexpr std::size_t kLine = 70;
  const auto whole = base64_encode(text);
  if (whole.size() < kLine) return whole;
  std::string out;
  for (std::size_t at = 0; at < whole.size(); at += kLine) out += whole.substr(at, kLine) + '\n';
  return out;
}

class Emitter {
 public:
  explicit Emitter(std::string& out) : out_(out) {}

  /// What stands behind a key, a dash or at the beginning, with its line break. `indent`: of what is inside.
  void value(const Value& value, std::size_t indent, bool behind_key, int depth) {
    if (depth > kMaxDepth) throw_error("a value is nested too deeply, or holds itself");
    if (out_.size() > kMaxText) throw_error("the text of a value is larger than its bound");
    if (value.kind() == Kind::object && value.as_object().kind_name() == "complex128")
      throw_error("cannot marshal type: complex128");
    if (value.kind() == Kind::object && value.as_object().type_name() == "time.Time") {
      if (behind_key) out_ += ' ';
      out_ += value.as_object().plain().as_string() + "\n";
      return;
    }
    if (value.kind() == Kind::object)
      return this->value(value.as_object().plain(), indent, behind_key, depth + 1);
    if (value.is_map() && !value.as_map().entries.empty()) return map(value, indent, behind_key, depth);
    if (value.is_list() && !value.as_list().empty()) return list(value, indent, behind_key, depth);
    if (behind_key) out_ += ' ';
    scalar(value, indent);
    out_ += '\n';
  }

 private:
  void map(const Value& value, std::size_t indent, bool behind_key, int depth) {
    if (behind_key) out_ += '\n';
    std::vector<const Map::Entry*> order;
    for (const auto& entry : value.as_map().entries) order.push_back(&entry);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto* a, const auto* b) { return yaml::natural_less(a->name(), b->name()); });
    bool beside = !behind_key;  // the first line of a list's item stands beside its dash
    for (const auto* entry : order) {
      if (!beside) out_.append(indent, ' ');
      beside = false;
      key(entry->name(), indent);
      this->value(entry->value, indent + 2, true, depth + 1);
    }
  }

  void list(const Value& value, std::size_t indent, bool behind_key, int depth) {
    if (behind_key) out_ += '\n';
    bool beside = !behind_key;
    for (const auto& item : value.as_list()) {
      if (!beside) out_.append(indent, ' ');
      beside = false;
      out_ += "- ";
      this->value(item, indent + 2, false, depth + 1);
    }
  }

  void key(const std::string& name, std::size_t indent) {
    const bool simple = name.size() <= kLongestKey && !has_break(name);
    if (!simple) out_ += "? ";
    text(name, simple ? std::string::npos : indent + 2);
    if (!simple) out_.append("\n").append(indent, ' ');
    out_ += ':';
  }

  void scalar(const Value& value, std::size_t indent) {
    switch (value.kind()) {
      case Kind::map: out_ += "{}"; break;
      case Kind::list: out_ += "[]"; break;
      case Kind::string: text(value.as_string(), indent); break;
      case Kind::real:
        out_ += std::isnan(value.as_real())   ? ".nan"
                : std::isinf(value.as_real()) ? value.as_real() > 0 ? ".inf" : "-.inf"
                                              : format_real(value.as_real());
        break;
      case Kind::invalid:
      case Kind::nil: out_ += "null"; break;
      default: out_ += print(value);
    }
  }

  /// `indent` npos: a key, which stays on its line.
  void text(const std::string& given, std::size_t indent) {
    std::string_view text = given;
    std::string encoded;
    const bool utf8 = is_utf8(given);
    if (!utf8) {
      out_ += "!!binary ";
      encoded = binary(given);
      text = encoded;
    }
    const bool is_key = indent == std::string::npos;
    const auto can = allowed(text);
    if (text.find('\n') != std::string_view::npos) {
      out_ += can.block && !is_key ? literal(text, indent) : double_quoted(text);
    } else if (utf8 && is_other(text)) {
      out_ += double_quoted(text);
    } else if (can.plain && !(is_key && text.empty())) {
      out_ += text;
    } else {
      out_ += can.single ? single_quoted(text, is_key ? 0 : indent) : double_quoted(text);
    }
  }

  std::string& out_;
};

}  // namespace

std::string to_yaml_pretty(const Value& value) {
  std::string out;
  const bool block = value.is_map() || value.is_list() || value.kind() == Kind::object;
  Emitter(out).value(value, block ? 0 : 2, false, 0);
  return out;
}

}  // namespace dpctl::chart
