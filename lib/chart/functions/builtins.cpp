// Go's own template functions.
#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/value/complex.hpp"
#include "lib/chart/value/runes.hpp"

namespace dpctl::chart {
namespace {

enum class Basic { none, boolean, number, real, complex, string };

Basic basic(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean: return Basic::boolean;
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: return Basic::number;
    case Kind::real: return Basic::real;
    case Kind::string: return Basic::string;
    case Kind::object: return complex_parts(value) ? Basic::complex : Basic::none;
    default: return Basic::none;
  }
}

bool equal(const Value& a, const Value& b) {
  const auto kind = basic(a);
  if (kind != basic(b)) {
    if (a.is_nil() || b.is_nil()) return false;
    throw_error(fmt::format("incompatible types for comparison: {} and {}", type_name(a), type_name(b)));
  }
  switch (kind) {
    case Basic::boolean: return a.as_bool() == b.as_bool();
    case Basic::number: return a.as_int() == b.as_int();
    case Basic::real: return a.as_real() == b.as_real();
    case Basic::string: return a.as_string() == b.as_string();
    case Basic::complex:
    case Basic::none: break;
  }
  if (a.is_nil() || b.is_nil()) return a.is_nil() == b.is_nil();
  if (kind_name(a) != kind_name(b))
    throw_error(fmt::format("non-comparable types {}: {}, {}: {}", format_go("%s", {&a, 1}), type_name(a),
                            type_name(b), print(b)));
  if (a.is_map() || a.is_list())
    throw_error(fmt::format("non-comparable type {}: {}", format_go("%s", {&b, 1}), type_name(b)));
  return deep_equal(a, b);
}

bool less(const Value& a, const Value& b) {
  const auto kind = basic(a);
  if (kind == Basic::none || basic(b) == Basic::none) throw_error("invalid type for comparison");
  if (kind != basic(b))
    throw_error(fmt::format("incompatible types for comparison: {} and {}", type_name(a), type_name(b)));
  switch (kind) {
    case Basic::number: return a.as_int() < b.as_int();
    case Basic::real: return a.as_real() < b.as_real();
    case Basic::string: return a.as_string() < b.as_string();
    default: throw_error("invalid type for comparison");
  }
}

Value eq(Call& call) {
  if (call.size() < 2) throw_error("missing argument for comparison");
  for (std::size_t i = 1; i < call.size(); ++i)
    if (equal(call[0], call[i])) return Value::boolean(true);
  return Value::boolean(false);
}
Value ne(Call& call) { return Value::boolean(!equal(call[0], call[1])); }
Value lt(Call& call) { return Value::boolean(less(call[0], call[1])); }
Value le(Call& call) { return Value::boolean(less(call[0], call[1]) || equal(call[0], call[1])); }
Value gt(Call& call) { return Value::boolean(!(less(call[0], call[1]) || equal(call[0], call[1]))); }
Value ge(Call& call) { return Value::boolean(!less(call[0], call[1])); }
Value not_(Call& call) { return Value::boolean(!truth(call[0])); }

Value len(Call& call) {
  const Value& value = call[0];
  switch (value.kind()) {
    case Kind::string: return Value::integer(static_cast<std::int64_t>(value.as_string().size()));
    case Kind::list: return Value::integer(static_cast<std::int64_t>(value.as_list().size()));
    case Kind::map: return Value::integer(static_cast<std::int64_t>(value.as_map().entries.size()));
    case Kind::nil: throw_error("len of nil pointer");
    case Kind::invalid: throw_error("reflect: call of reflect.Value.Type on zero Value");
    case Kind::object: {
      const auto kind = value.as_object().kind_name();
      if (kind != "map" && kind != "slice") break;
      const Value plain = value.as_object().plain();
      if (kind == "map" && plain.is_map())
        return Value::integer(static_cast<std::int64_t>(plain.as_map().entries.size()));
      if (kind == "slice" && plain.is_list())
        return Value::integer(static_cast<std::int64_t>(plain.as_list().size()));
      break;
    }
    default: break;
  }
  const auto type = type_name(value);
  throw_error("len of type " + type.substr(type.starts_with('*') ? 1 : 0));
}

constexpr const char* kSliceEnd = "reflect: slice index out of range";
constexpr const char* kStringEnd = "reflect: string index out of range";

/// Go checks against the length loosely: one past the end is found by the slice itself, in its own words.
std::size_t position(const Value& index, std::size_t size, const char* past_the_end) {
  if (index.is_nil()) throw_error("cannot index slice/array with nil");
  if (!index.is_integer()) throw_error("cannot index slice/array with type " + type_name(index));
  const auto at = index.as_int();
  if (at < 0 || static_cast<std::uint64_t>(at) > size) throw_error(fmt::format("index out of range: {}", at));
  if (static_cast<std::uint64_t>(at) == size) throw_error(past_the_end);
  return static_cast<std::size_t>(at);
}

Value index(Call& call) {
  Value item = call[0];
  if (item.is_nil()) throw_error("index of untyped nil");
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Value& by = call[i];
    switch (item.kind()) {
      case Kind::nil: throw_error("index of nil pointer");
      case Kind::list: {
        const Value next = item.as_list()[position(by, item.as_list().size(), kSliceEnd)];
        item = next.kind() == Kind::invalid ? Value::nil() : next;
        break;
      }
      case Kind::string:
        item = Value::byte(
            static_cast<std::uint8_t>(item.as_string()[position(by, item.as_string().size(), kStringEnd)]));
        break;
      case Kind::map: {
        if (by.is_nil()) throw_error("value is nil; should be of type string");
        if (!by.is_string()) throw_error(fmt::format("value has type {}; should be string", type_name(by)));
        const auto* found = item.as_map().find(by.as_string());
        const Value next = found != nullptr && found->kind() != Kind::invalid ? *found
                           : item.elem() == Elem::string                      ? Value::string("")
                                                                              : Value::nil();
        item = next;
        break;
      }
      case Kind::object: {
        const auto kind = item.as_object().kind_name();
        const Value plain = item.as_object().plain();
        if (kind == "map" && by.is_string()) {
          item = item.as_object().field(by.as_string());
          if (item.kind() == Kind::invalid) item = Value::nil_list(Elem::byte);
          break;
        }
        if (kind == "slice" && plain.is_list()) {
          item = Value(plain.as_list()[position(by, plain.as_list().size(), kSliceEnd)]);
          break;
        }
        throw_error("can't index item of type " + type_name(item));
      }
      default: throw_error("can't index item of type " + type_name(item));
    }
  }
  return item;
}

Value print_(Call& call) { return Value::string(sprint(call.args)); }
Value println_(Call& call) { return Value::string(sprintln(call.args)); }
Value printf_(Call& call) { return Value::string(format_go(call.text(0), call.args.subspan(1))); }

/// The arguments as one text: a single string as it is, else as `print` does, nothing being "<no value>" as
/// in an action.
std::string joined(Call& call) {
  if (call.size() == 1 && call[0].is_string()) return call.text(0);
  for (auto& arg : call.args)
    if (arg.is_nil()) arg = Value::string("<no value>");
  return sprint(call.args);
}

Value html(Call& call) {
  std::string out;
  for (const char c : joined(call)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '\'': out += "&#39;"; break;
      case '"': out += "&#34;"; break;
      case '\0': out += "\xEF\xBF\xBD"; break;
      default: out += c;
    }
  }
  return Value::string(std::move(out));
}

Value js(Call& call) {
  std::string out;
  const std::string text = joined(call);
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const char32_t rune = next_rune(text, at);
    switch (rune) {
      case '\\': out += "\\\\"; continue;
      case '\'': out += "\\'"; continue;
      case '"': out += "\\\""; continue;
      case '<': out += "\\u003C"; continue;
      case '>': out += "\\u003E"; continue;
      case '&': out += "\\u0026"; continue;
      case '=': out += "\\u003D"; continue;
      default: break;
    }
    if (rune < 0x20 || (rune >= 0x80 && !is_print_rune(rune))) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(rune));
    } else {
      out.append(text, start, at - start);
    }
  }
  return Value::string(std::move(out));
}

Value urlquery(Call& call) {
  std::string out;
  for (const char c : joined(call)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
        c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return Value::string(std::move(out));
}

Value call_(Call& call) {
  if (call[0].is_nil()) throw_error("call of nil");
  throw_error(fmt::format("non-function {} of type {}", call.text(call.size() - 1), type_name(call[0])));
}

Value never(Call&) { return {}; }  // `and` and `or` are evaluated by the executor

constexpr std::array kTable{
    Function{"and", "rr*", never, Function::Special::and_},
    Function{"or", "rr*", never, Function::Special::or_},
    Function{"not", "r", not_},
    Function{"len", "r", len},
    Function{"index", "rr*", index},
    Function{"print", "a*", print_},
    Function{"println", "a*", println_},
    Function{"printf", "sa*", printf_},
    Function{"html", "a*", html},
    Function{"js", "a*", js},
    Function{"urlquery", "a*", urlquery},
    Function{"call", "rr*", call_, Function::Special::call},
    Function{"eq", "rr*", eq},
    Function{"ne", "rr", ne},
    Function{"lt", "rr", lt},
    Function{"le", "rr", le},
    Function{"gt", "rr", gt},
    Function{"ge", "rr", ge},
};

}  // namespace

std::span<const Function> builtin_functions() { return kTable; }

}  // namespace dpctl::chart
