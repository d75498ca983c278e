#include <fmt/format.h>

#include <algorithm>

#include "lib/chart/functions/toml.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 200;

/// TOML 1.0, read line by line into maps.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Value run() {
    Value root = Value::map();
    Value table = root;
    for (;;) {
      skip_lines();
      if (at_ >= text_.size()) return root;
      if (text_[at_] == '[') {
        table = header(root);
      } else {
        auto path = key_path();
        expect('=');
        assign(table, path, value(0));
      }
      blanks();
      comment();
      if (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') bad("expected a new line");
    }
  }

 private:
  [[noreturn]] void bad(std::string_view why) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    throw_error(fmt::format("toml: line {}: {}", line, why));
  }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  void comment() {
    if (at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }
  void skip_lines() {
    for (;;) {
      blanks();
      comment();
      if (at_ >= text_.size() || (text_[at_] != '\n' && text_[at_] != '\r')) return;
      ++at_;
    }
  }
  void expect(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) bad(fmt::format("expected '{}'", c));
    ++at_;
    blanks();
  }

  static bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }

  std::string key() {
    blanks();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return string();
    const auto start = at_;
    while (at_ < text_.size() && is_bare(text_[at_])) ++at_;
    if (start == at_) bad("expected a key");
    return std::string(text_.substr(start, at_ - start));
  }
  std::vector<std::string> key_path() {
    std::vector<std::string> path{key()};
    for (blanks(); at_ < text_.size() && text_[at_] == '.'; blanks()) {
      ++at_;
      path.push_back(key());
      if (path.size() > kMaxDepth) bad("tables are nested too deeply");
    }
    return path;
  }

  /// The table under `name`, made when missing; the last one of an array of tables.
  Value step(const Value& table, const std::string& name) {
    auto* found = table.as_map().find(name);
    if (found == nullptr) {
      table.as_map().set(name, Value::map());
      found = table.as_map().find(name);
    }
    if (found->is_map()) return *found;
    if (found->is_list() && !found->as_list().empty() && found->as_list().back().is_map())
      return found->as_list().back();
    bad(fmt::format("key '{}' has already been defined", name));
  }

  Value header(const Value& root) {
    const bool list = text_.substr(at_).starts_with("[[");
    at_ += list ? 2 : 1;
    auto path = key_path();
    expect(']');
    if (list) expect(']');
    Value table = root;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) table = step(table, path[i]);
    if (!list) return step(table, path.back());
    auto* found = table.as_map().find(path.back());
    std::vector<Value> items;
    if (found != nullptr && found->is_list()) items = found->as_list();
    items.push_back(Value::map());
    Value added = items.back();
    table.as_map().set(path.back(), Value::list(std::move(items)));
    return added;
  }

  void assign(const Value& table, const std::vector<std::string>& path, Value value) {
    Value at = table;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) at = step(at, path[i]);
    if (at.as_map().find(path.back()) != nullptr)
      bad(fmt::format("key '{}' has already been defined", path.back()));
    at.as_map().set(path.back(), std::move(value));
  }

  Value value(int depth) {
    if (depth > kMaxDepth) bad("values are nested too deeply");
    if (at_ >= text_.size()) bad("expected a value");
    switch (text_[at_]) {
      case '"':
      case '\'': return Value::string(string());
      case '[': return array(depth);
      case '{': return inline_table(depth);
      default: return word();
    }
  }

  Value word() {
    const auto start = at_;
    const auto ends = [](char c) {
      return c == ',' || c == ']' || c == '}' || c == '#' || c == '\n' || c == '\r';
    };
    while (at_ < text_.size() && !ends(text_[at_])) ++at_;
    auto text = text_.substr(start, at_ - start);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    if (text == "true" || text == "false") return Value::boolean(text == "true");
    std::string digits(text);
    std::erase(digits, '_');
    const bool octal_like = digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    if (!octal_like)
      if (const auto integer = parse_integer(digits)) return Value::int64(*integer);
    const bool date = digits.size() >= 8 && (digits.find('-', 1) == 4 || digits.find(':') == 2);
    if (date) return Value::string(text);
    if (const auto real = parse_real(digits); real && !octal_like) return Value::real(*real);
    bad(fmt::format("expected a value but found {}", quote_go(text)));
  }

  Value array(int depth) {
    ++at_;
    std::vector<Value> items;
    for (;;) {
      skip_lines();
      if (at_ < text_.size() && text_[at_] == ']') break;
      items.push_back(value(depth + 1));
      skip_lines();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (at_ >= text_.size() || text_[at_] != ']') bad("expected ',' or ']' in an array");
    }
    ++at_;
    return Value::list(std::move(items));
  }

  Value inline_table(int depth) {
    ++at_;
    auto table = Value::map();
    blanks();
    while (at_ < text_.size() && text_[at_] != '}') {
      auto path = key_path();
      expect('=');
      assign(table, path, value(depth + 1));
      blanks();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        blanks();
      } else if (at_ >= text_.size() || text_[at_] != '}') {
        bad("expected ',' or '}' in an inline table");
      }
    }
    if (at_ >= text_.size()) bad("unexpected end of an inline table");
    ++at_;
    return table;
  }

  std::string string() {
    const char quote = text_[at_];
    const std::string triple(3, quote);
    if (text_.substr(at_).starts_with(triple)) {
      at_ += 3;
      if (text_.substr(at_).starts_with("\r\n")) ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++at_;
      return body(triple, quote == '"', true);
    }
    ++at_;
    return body(std::string(1, quote), quote == '"', false);
  }

  std::string body(const std::string& end, bool escapes, bool lines) {
    std::string out;
    for (;;) {
      if (at_ >= text_.size() || (!lines && text_[at_] == '\n')) bad("unexpected end of a string");
      if (text_.substr(at_).starts_with(end)) {
        at_ += end.size();
        while (lines && at_ < text_.size() && text_[at_] == end[0] && out.size() < text_.size())
          out += text_[at_++];
        return out;
      }
      if (!escapes || text_[at_] != '\\') {
        out += text_[at_++];
        continue;
      }
      ++at_;
      escape(out, lines);
    }
  }

  void escape(std::string& out, bool lines) {
    if (at_ >= text_.size()) bad("unexpected end of a string");
    const char c = text_[at_++];
    constexpr std::string_view kShort = "btnfre\"\\";
    constexpr std::string_view kMeaning = "\b\t\n\f\r\x1b\"\\";
    if (const auto found = kShort.find(c); found != std::string_view::npos) {
      out += kMeaning[found];
    } else if (c == 'u' || c == 'U') {
      const std::size_t count = c == 'u' ? 4 : 8;
      const auto code = parse_unsigned("0x" + std::string(text_.substr(at_, count)));
      if (!code || *code > 0x10FFFF) bad("a bad unicode escape");
      append_rune(out, static_cast<char32_t>(*code));
      at_ += count;
    } else if (lines && (c == '\n' || c == ' ' || c == '\t' || c == '\r')) {
      at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    } else {
      bad(fmt::format("invalid escape character '{}'", c));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> from_toml(std::string_view text) {
  try {
    return Reader(text).run();
  } catch (const TemplateError& error) {
    return fail(Code::usage, "{}", error.text);
  }
}

}  // namespace dpctl::chart
