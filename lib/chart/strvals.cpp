// strvals.cpp: the grammar of --set.
//
//   sets  = set ("," set)*            set   = path "=" value
//   path  = key ("." key | "[" n "]")*  value = text | "{" text ("," text)* "}"
// A backslash takes the next rune as it is, in keys and in values; --set-literal knows no backslash, no list
// and no comma.
#include "lib/chart/strvals.hpp"

#include <fmt/format.h>

#include <optional>

#include "lib/base/strings.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {
namespace {

constexpr std::int64_t kMaxIndex = 65536;
constexpr int kMaxNesting = 30;

Value typed(const std::string& text) {
  const auto lower = to_lower(text);
  if (lower == "true") return Value::boolean(true);
  if (lower == "false") return Value::boolean(false);
  if (lower == "null") return Value::nil();
  if (text == "0") return Value::int64(0);
  if (!text.empty() && text[0] != '0')
    if (const auto integer = parse_decimal(text)) return Value::int64(*integer);
  return Value::string(text);
}

class Parser {
 public:
  enum class Mode { typed, string, json, literal, file };
  using FileReader = std::function<Result<std::string>(const std::string&)>;

  Parser(std::string_view text, Mode mode, const FileReader* reader = nullptr)
      : text_(text), mode_(mode), reader_(reader) {}

  Result<void> run(const Value& into) {
    for (;;) {
      DPCTL_TRY(const bool more, key(into, 0));
      if (!more) return {};
    }
  }

 private:
  static constexpr char kEnd = '\0';

  /// Up to one of `stops`, which is taken too; its name, or kEnd at the end of the text.
  std::string until(std::string_view stops, char& stop) {
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (stops.find(c) != std::string_view::npos) {
        stop = c;
        return out;
      }
      if (c == '\\' && mode_ != Mode::literal) {
        if (at_ >= text_.size()) break;
        const auto start = at_;
        next_rune(text_, at_);
        out.append(text_, start, at_ - start);
      } else {
        out += c;
      }
    }
    stop = kEnd;
    return out;
  }

  static void put(const Value& map, const std::string& key, Value value) {
    if (!key.empty()) map.as_map().set(key, std::move(value));
  }

  /// One set. False at the end of the text.
  Result<bool> key(const Value& map, int nesting) {
    char stop = kEnd;
    const auto name = until(mode_ == Mode::literal ? "=[." : "=[,.", stop);
    switch (stop) {
      case kEnd:
        if (name.empty()) return false;
        return fail(Code::usage, "key {} has no value", quote_go(name));
      case '[': {
        DPCTL_TRY(const auto index, key_index());
        if (!index) return false;
        std::vector<Value> list;
        if (const auto* present = map.find(name); present != nullptr) {
          if (!present->is_list()) return clash(*present, "[]interface {}");
          list = present->as_list();
        }
        DPCTL_TRY(const bool more, item(list, *index, nesting));
        put(map, name, Value::list(std::move(list)));
        return more;
      }
      case '=': return assign(map, name);
      case ',':
        put(map, name, Value::string(""));
        return fail(Code::usage, "key {} has no value (cannot end with ,)", quote_go(name));
      default: return nested(map, name, nesting);
    }
  }

  Result<bool> nested(const Value& map, const std::string& name, int nesting) {
    if (nesting + 1 > kMaxNesting)
      return fail(Code::usage, "value name nested level is greater than maximum supported nested level of {}",
                  kMaxNesting);
    Value inner = Value::map();
    if (const auto* present = map.find(name); present != nullptr) {
      if (!present->is_map()) return clash(*present, "map[string]interface {}");
      inner = *present;
    }
    auto more = key(inner, nesting + 1);
    const bool empty = inner.as_map().entries.empty();
    if (more && *more && empty) return fail(Code::usage, "key map {} has no value", quote_go(name));
    if (!empty) put(map, name, inner);
    return more;
  }

  static Failure clash(const Value& present, std::string_view wanted) {
    return fail(Code::usage, "unable to parse key: interface conversion: interface {{}} is {}, not {}",
                present.is_nil() ? "nil" : type_name(present), wanted);
  }

  /// What stands behind `=`; `at_end` when nothing does.
  Result<Value> value(bool& at_end) {
    at_end = false;
    if (mode_ == Mode::json) return json_value();
    if (mode_ == Mode::literal) {
      Value rest = Value::string(text_.substr(at_));
      at_ = text_.size();
      return rest;
    }
    if (at_ >= text_.size()) {
      at_end = true;
      return Value::string("");
    }
    if (text_[at_] == '{') return list_value();
    char stop = kEnd;
    return converted(until(",", stop));
  }

  Result<Value> converted(std::string text) {
    if (mode_ == Mode::typed) return typed(text);
    if (mode_ == Mode::string) return Value::string(std::move(text));
    DPCTL_TRY(auto content, (*reader_)(text));
    return Value::string(std::move(content));
  }

  Result<Value> list_value() {
    ++at_;
    std::vector<Value> items;
    for (;;) {
      char stop = kEnd;
      auto text = until(",}", stop);
      if (stop == kEnd) return fail(Code::usage, "list must terminate with '}}'");
      DPCTL_TRY(auto one, converted(std::move(text)));
      items.push_back(std::move(one));
      if (stop == ',') continue;
      if (at_ < text_.size() && text_[at_] == ',') ++at_;
      return Value::list(std::move(items));
    }
  }

  /// True when nothing but blanks stands before the next comma or the end; takes the comma.
  bool skip_to_comma() {
    while (at_ < text_.size()) {
      auto next = at_;
      const char32_t rune = next_rune(text_, next);
      if (rune == ',') {
        at_ = next;
        return true;
      }
      if (!is_space_rune(rune)) return false;
      at_ = next;
    }
    return true;
  }

  Result<Value> json_value() {
    if (skip_to_comma()) return Value::nil();
    std::size_t used = 0;
    DPCTL_TRY(auto value, from_json_prefix(text_.substr(at_), used));
    at_ += used;
    skip_to_comma();
    return value;
  }

  Result<bool> assign(const Value& map, const std::string& name) {
    bool at_end = false;
    DPCTL_TRY(auto what, value(at_end));
    put(map, name, std::move(what));
    return !at_end;
  }

  /// Nothing when the text ends before the ].
  Result<std::optional<std::int64_t>> key_index() {
    char stop = kEnd;
    const auto text = until("]", stop);
    if (stop == kEnd) return std::nullopt;
    const auto index = parse_decimal(text);
    if (!index)
      return fail(Code::usage, "error parsing index: strconv.Atoi: parsing {}: invalid syntax",
                  quote_go(text));
    return index;
  }

  static Result<void> set_index(std::vector<Value>& list, std::int64_t index, Value value) {
    if (index > kMaxIndex)
      return fail(Code::usage, "index of {} is greater than maximum supported index of {}", index, kMaxIndex);
    const auto at = static_cast<std::size_t>(index);
    if (list.size() <= at) list.resize(at + 1, Value::nil());
    list[at] = std::move(value);
    return {};
  }

  /// What stands behind `[index]`. False when the text ends too early: like Helm, it is then no error, and
  /// what is new in the list is lost.
  Result<bool> item(std::vector<Value>& list, std::int64_t index, int nesting) {
    if (index < 0) return fail(Code::usage, "negative {} index not allowed", index);
    if (nesting > kMaxNesting) return fail(Code::usage, "lists are nested more than {} deep", kMaxNesting);
    char stop = kEnd;
    const auto rest = until("[.=", stop);
    if (!rest.empty()) return fail(Code::usage, "unexpected data at end of array index: {}", quote_go(rest));
    switch (stop) {
      case '=': {
        bool at_end = false;
        DPCTL_TRY(auto what, value(at_end));
        DPCTL_CHECK(set_index(list, index, std::move(what)));
        return true;
      }
      case '[': return inner_list(list, index, nesting);
      case '.': return inner_map(list, index, nesting);
      default: return false;
    }
  }

  Result<bool> inner_list(std::vector<Value>& list, std::int64_t index, int nesting) {
    DPCTL_TRY(const auto next, key_index());
    if (!next) return false;
    std::vector<Value> inner;
    if (const auto at = static_cast<std::size_t>(index); at < list.size() && !list[at].is_nil()) {
      if (!list[at].is_list()) return clash(list[at], "[]interface {}");
      inner = list[at].as_list();
    }
    DPCTL_TRY(const bool more, item(inner, *next, nesting + 1));
    if (!more) return false;
    DPCTL_CHECK(set_index(list, index, Value::list(std::move(inner))));
    return true;
  }

  Result<bool> inner_map(std::vector<Value>& list, std::int64_t index, int nesting) {
    Value inner = Value::map();
    if (const auto at = static_cast<std::size_t>(index); at < list.size()) {
      if (!list[at].is_map()) list[at] = Value::map();
      inner = list[at];
    }
    DPCTL_TRY(const bool more, key(inner, nesting));
    if (!more) return false;
    DPCTL_CHECK(set_index(list, index, inner));
    return true;
  }

  std::string_view text_;
  Mode mode_;
  const FileReader* reader_;
  std::size_t at_ = 0;
};

}  // namespace

Result<void> parse_set(std::string_view text, SetKind kind, const Value& into) {
  const auto mode = kind == SetKind::typed    ? Parser::Mode::typed
                    : kind == SetKind::string ? Parser::Mode::string
                                              : Parser::Mode::json;
  return Parser(text, mode).run(into);
}

Result<void> parse_set_literal(std::string_view text, const Value& into) {
  return Parser(text, Parser::Mode::literal).run(into);
}

Result<void> parse_set_file(std::string_view text, const Value& into,
                            const std::function<Result<std::string>(const std::string&)>& read_file) {
  return Parser(text, Parser::Mode::file, &read_file).run(into);
}

namespace {

Result<void> apply_json(const std::string& text, Value& all) {
  if (!trim(text).starts_with('{')) return parse_set(text, SetKind::json, all);
  DPCTL_TRY(const auto object, from_json(trim(text)));
  all = merge_maps(all, object);
  return {};
}

template <class F>
Result<void> apply(const std::vector<std::string>& texts, std::string_view flag, F&& set) {
  for (const auto& text : texts)
    if (auto done = set(text); !done)
      return fail(Code::usage, "failed parsing {} data", flag)
          .because(done.error())
          .at({.subject = fmt::format("{} {}", flag, text)});
  return {};
}

}  // namespace

Result<Value> merge_flags(const ValueFlags& flags) {
  Value all = Value::map();
  for (const auto& file : flags.files) {
    auto values = read_values(file.text, file.name);
    if (!values) return fail(Code::usage, "failed to parse {}", file.name).because(values.error());
    all = merge_maps(all, *values);
  }
  // --set changes maps in place; those of the files are ours alone.
  DPCTL_CHECK(apply(flags.set_json, "--set-json", [&](const auto& text) { return apply_json(text, all); }));
  DPCTL_CHECK(
      apply(flags.set, "--set", [&](const auto& text) { return parse_set(text, SetKind::typed, all); }));
  DPCTL_CHECK(apply(flags.set_string, "--set-string",
                    [&](const auto& text) { return parse_set(text, SetKind::string, all); }));
  DPCTL_CHECK(apply(flags.set_file, "--set-file",
                    [&](const auto& text) { return parse_set_file(text, all, flags.read_file); }));
  DPCTL_CHECK(apply(flags.set_literal, "--set-literal",
                    [&](const auto& text) { return parse_set_literal(text, all); }));
  return all;
}

}  // namespace dpctl::chart
