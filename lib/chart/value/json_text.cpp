#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/number_text.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 1000;

/// A value that holds the same one twice at each of many levels is small and its text is not.
constexpr std::size_t kMaxText = std::size_t{64} << 20U;  // bytes
void check_size(const std::string& out) {
  if (out.size() > kMaxText) throw_error("the text of a value is larger than its bound");
}

void write_string(std::string& out, std::string_view text, JsonStyle style) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x80) {
      const auto start = at;
      const char32_t rune = next_rune(text, at);
      if (rune == 0xFFFD && at - start == 1) {
        out += "\\ufffd";
      } else if (rune == 0x2028 || rune == 0x2029) {
        out += rune == 0x2028 ? "\\u2028" : "\\u2029";
      } else {
        out.append(text, start, at - start);
      }
      continue;
    }
    ++at;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 ||
            (style == JsonStyle::html_escaped && (c == '<' || c == '>' || c == '&'))) {
          constexpr std::string_view kHex = "0123456789abcdef";
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4U];
          out += kHex[static_cast<unsigned char>(c) & 15U];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

/// One writer for both layouts; `indent` < 0 is the compact one.
class Writer {
 public:
  Writer(std::string& out, JsonStyle style, bool indented) : out_(out), style_(style), indented_(indented) {}

  void write(const Value& value, int depth) {
    if (depth > kMaxDepth) throw_error("a value is nested too deeply, or holds itself");
    check_size(out_);
    switch (value.kind()) {
      case Kind::invalid:
      case Kind::nil: out_ += "null"; break;
      case Kind::boolean: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::integer:
      case Kind::int64:
      case Kind::byte: out_ += std::to_string(value.as_int()); break;
      case Kind::real:
        if (!std::isfinite(value.as_real()))
          throw_error("json: unsupported value: " + format_real(value.as_real()));
        out_ += format_go_json(value.as_real());
        break;
      case Kind::string: write_string(out_, value.as_string(), style_); break;
      case Kind::list: list(value, depth); break;
      case Kind::map: map(value, depth); break;
      case Kind::object: object(value.as_object(), depth); break;
    }
  }

 private:
  void line(int depth) {
    if (!indented_) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
  }
  void list(const Value& value, int depth) {
    if (value.is_nil_list()) {
      out_ += "null";
      return;
    }
    if (value.elem() == Elem::byte) {
      write_string(out_, base64_encode(to_text(value)), style_);
      return;
    }
    out_ += '[';
    bool first = true;
    for (const auto& item : value.as_list()) {
      if (!first) out_ += ',';
      first = false;
      line(depth + 1);
      write(item, depth + 1);
    }
    if (!first) line(depth);
    out_ += ']';
  }
  void map(const Value& value, int depth) {
    if (value.is_nil_map()) {
      out_ += "null";
      return;
    }
    out_ += '{';
    bool first = true;
    for (const auto& entry : value.as_map().entries) member(entry.name(), entry.value, depth, first);
    if (!first) line(depth);
    out_ += '}';
  }
  void object(const Object& object, int depth) {
    const auto plain = object.plain();
    const auto fields = object.declared_fields();
    if (fields.empty()) return write(plain, depth);
    out_ += '{';
    bool first = true;
    for (const auto name : fields) member(name, *plain.find(name), depth, first);
    line(depth);
    out_ += '}';
  }
  void member(std::string_view name, const Value& value, int depth, bool& first) {
    if (!first) out_ += ',';
    first = false;
    line(depth + 1);
    write_string(out_, name, style_);
    out_ += indented_ ? ": " : ":";
    write(value, depth + 1);
  }

  std::string& out_;
  JsonStyle style_;
  bool indented_;
};

/// RFC 8259 by encoding/json's rules; bad UTF-8 becomes U+FFFD.
class Reader {
 public:
  Reader(std::string_view text, NumberKinds kinds) : text_(text), kinds_(kinds) {}

  Value prefix(std::size_t& used) {
    Value value = read(0);
    used = at_;
    return value;
  }

  Value document() {
    Value value = read(0);
    blanks();
    if (at_ < text_.size()) bad("after top-level value");
    return value;
  }

 private:
  void blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  /// At its end encoding/json reads one blank more, which some places take for a wrong character.
  enum class AtEnd { ends, blank };

  /// encoding/json takes a byte for a rune there.
  static std::string shown_rune(char c) {
    std::string out;
    append_rune(out, static_cast<unsigned char>(c));
    return out;
  }

  [[noreturn]] void bad(std::string_view where, AtEnd end = AtEnd::ends) {
    if (at_ >= text_.size() && end == AtEnd::ends) throw_error("unexpected end of JSON input");
    std::string shown;
    const char c = at_ < text_.size() ? text_[at_] : ' ';
    shown = c == '\'' ? "'\\''" : c == '"' ? "'\"'" : "'" + quote_go(shown_rune(c)).substr(1);
    if (c != '\'' && c != '"') shown.back() = '\'';
    throw_error(fmt::format("invalid character {} {}", shown, where));
  }

  Value read(int depth) {
    if (depth > 10000 || depth > kMaxDepth) throw_error("exceeded max depth");
    blanks();
    if (at_ >= text_.size()) bad("");
    switch (text_[at_]) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': return Value::string(string());
      case 't': return word("true", Value::boolean(true));
      case 'f': return word("false", Value::boolean(false));
      case 'n': return word("null", Value::nil());
      default: return number();
    }
  }

  Value word(std::string_view word, Value value) {
    for (std::size_t i = 0; i < word.size(); ++i, ++at_)
      if (at_ >= text_.size() || text_[at_] != word[i])
        bad(fmt::format("in literal {} (expecting '{}')", word, word[i]), AtEnd::blank);
    return value;
  }

  Value number() {
    const auto start = at_;
    const auto digits = [&] {
      const auto from = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
      return at_ - from;
    };
    const bool minus = text_[at_] == '-';
    if (minus) ++at_;
    const auto first = at_;
    if (digits() == 0) bad(minus ? "in numeric literal" : "looking for beginning of value", AtEnd::blank);
    if (text_[first] == '0') at_ = first + 1;
    bool whole = true;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      whole = false;
      if (digits() == 0) bad("after decimal point in numeric literal", AtEnd::blank);
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      whole = false;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (digits() == 0) bad("in exponent of numeric literal", AtEnd::blank);
    }
    const auto literal = text_.substr(start, at_ - start);
    if (whole && kinds_ == NumberKinds::integers)
      if (const auto integer = parse_decimal(literal)) return Value::int64(*integer);
    const auto real = parse_real(literal);
    if (!real)
      throw_error(fmt::format("json: cannot unmarshal number {} into Go value of type float64", literal));
    return Value::real(*real);
  }

  char32_t hex4() {
    char32_t rune = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : ' ';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) bad("in \\u hexadecimal character escape", AtEnd::blank);
      rune = rune * 16 + static_cast<char32_t>(digit);
    }
    return rune;
  }

  std::string string() {
    std::string out;
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) bad("");
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (static_cast<unsigned char>(c) < 0x20) bad("in string literal");
      if (c != '\\') {
        const auto start = at_;
        if (next_rune(text_, at_) == 0xFFFD) {
          append_rune(out, 0xFFFD);
        } else {
          out.append(text_, start, at_ - start);
        }
        continue;
      }
      ++at_;
      escape(out);
    }
  }

  void escape(std::string& out) {
    const char c = at_ < text_.size() ? text_[at_] : ' ';
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    if (const auto found = kShort.find(c); found != std::string_view::npos) {
      out += kMeaning[found];
      ++at_;
      return;
    }
    if (c != 'u') bad("in string escape code", AtEnd::blank);
    ++at_;
    char32_t rune = hex4();
    if (rune >= 0xD800 && rune < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const auto before = at_;
      at_ += 2;
      const char32_t low = hex4();
      if (low >= 0xDC00 && low < 0xE000) {
        rune = 0x10000 + ((rune - 0xD800) << 10U) + (low - 0xDC00);
      } else {
        at_ = before;
      }
    }
    append_rune(out, rune);
  }

  Value array(int depth) {
    std::vector<Value> items;
    ++at_;
    blanks();
    if (at_ < text_.size() && text_[at_] == ']') {
      ++at_;
      return Value::list({});
    }
    for (;;) {
      items.push_back(read(depth + 1));
      blanks();
      if (at_ >= text_.size() || (text_[at_] != ',' && text_[at_] != ']')) bad("after array element");
      if (text_[at_++] == ']') return Value::list(std::move(items));
    }
  }

  Value object(int depth) {
    auto map = Value::map();
    ++at_;
    blanks();
    if (at_ < text_.size() && text_[at_] == '}') {
      ++at_;
      return map;
    }
    for (;;) {
      blanks();
      if (at_ >= text_.size() || text_[at_] != '"') bad("looking for beginning of object key string");
      auto key = string();
      blanks();
      if (at_ >= text_.size() || text_[at_] != ':') bad("after object key");
      ++at_;
      map.as_map().set(key, read(depth + 1));
      blanks();
      if (at_ >= text_.size() || (text_[at_] != ',' && text_[at_] != '}')) bad("after object key:value pair");
      if (text_[at_++] == '}') return map;
    }
  }

  std::string_view text_;
  NumberKinds kinds_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> from_json(std::string_view text, NumberKinds kinds) {
  try {
    return Reader(text, kinds).document();
  } catch (const TemplateError& error) {
    return fail(Code::usage, "{}", error.text);
  }
}

Result<Value> from_json_prefix(std::string_view text, std::size_t& used) {
  try {
    return Reader(text, NumberKinds::reals).prefix(used);
  } catch (const TemplateError& error) {
    return fail(Code::usage, "{}", error.text);
  }
}

std::string to_json(const Value& value, JsonStyle style) {
  std::string out;
  Writer(out, style, false).write(value, 0);
  return out;
}

std::string to_json_indented(const Value& value) {
  std::string out;
  Writer(out, JsonStyle::html_escaped, true).write(value, 0);
  return out;
}

Value from_tree(const Json& tree) {
  switch (tree.type()) {
    case Json::value_t::boolean: return Value::boolean(tree.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return Value::int64(tree.get<std::int64_t>());
    case Json::value_t::number_float: return Value::real(tree.get<double>());
    case Json::value_t::string: return Value::string(tree.get_ref<const std::string&>());
    case Json::value_t::array: {
      std::vector<Value> items;
      items.reserve(tree.size());
      for (const auto& item : tree) items.push_back(from_tree(item));
      return Value::list(std::move(items));
    }
    case Json::value_t::object: {
      auto map = Value::map();
      for (const auto& [key, value] : tree.items()) map.as_map().set(key, from_tree(value));
      return map;
    }
    default: return Value::nil();
  }
}

Json to_tree(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean: return value.as_bool();
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: return value.as_int();
    case Kind::real: {
      const double real = value.as_real();
      if (std::fabs(real) < 9e15 && real == std::floor(real)) return static_cast<std::int64_t>(real);
      return real;
    }
    case Kind::string: return value.as_string();
    case Kind::list: {
      Json items = Json::array();
      for (const auto& item : value.as_list()) items.push_back(to_tree(item));
      return items;
    }
    case Kind::map: {
      Json object = Json::object();
      for (const auto& entry : value.as_map().entries) object[entry.name()] = to_tree(entry.value);
      return object;
    }
    case Kind::object: return to_tree(value.as_object().plain());
    default: return nullptr;
  }
}

}  // namespace dpctl::chart
