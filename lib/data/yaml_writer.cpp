// yaml_writer.cpp: the layout of a document, and the scalars that are plain or quoted words.
//
// Blocks are indented by two, a list stands as deep as the key above it, and what is in a list begins beside
// the dash. Scalars that need more than quotation marks are laid out in yaml_scalar_layout.cpp.
#include "lib/data/yaml_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "lib/base/strings.hpp"
#include "lib/data/number_text.hpp"
#include "lib/data/utf8.hpp"
#include "lib/data/yaml_resolve.hpp"
#include "lib/data/yaml_scalar_layout.hpp"

namespace dpctl::yaml {
namespace {

constexpr std::size_t kWidth = 80;        // longer lines are folded at blanks
constexpr std::size_t kLongestKey = 100;  // bytes; keys over 128 are written in another way

constexpr bool is_word(char c) {
  return is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '_';
}

/// Of a word, or between words that are one: "app.kubernetes.io/name".
constexpr auto kInsideWord = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 128; ++c)
    table[static_cast<std::size_t>(c)] = is_word(static_cast<char>(c)) || c == '-' || c == '.';
  return table;
}();

/// Like a word that YAML 1.1 reads as a boolean or as null, in any case.
bool resembles_word_with_meaning(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords{"y",   "n",    "no",   "on",   "yes",
                                                   "off", "true", "null", "false"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return word.size() == text.size() &&
           std::equal(word.begin(), word.end(), text.begin(),
                      [](char a, char b) { return a == static_cast<char>(b | 0x20); });
  });
}

/// Most keys and texts: a word that stands as it is and can mean nothing else. Says no when in doubt.
bool is_simple_word(std::string_view text) {
  constexpr std::size_t kLongestWithMeaning = 5;
  if (text.empty() || !is_ascii_letter(text.front())) return false;
  for (const char c : text)
    if (!kInsideWord[static_cast<unsigned char>(c)]) return false;
  return text.size() > kLongestWithMeaning || !resembles_word_with_meaning(text);
}

/// Blanks, the text, and what ends it, in one piece: a document is written in millions of them.
void append_piece(std::string& out, std::size_t blanks, std::string_view text, char end) {
  std::array<char, 160> piece;
  if (blanks + text.size() >= piece.size()) {
    out.append(blanks, ' ').append(text) += end;
    return;
  }
  char* at = std::fill_n(piece.data(), blanks, ' ');
  at = std::copy(text.begin(), text.end(), at);
  *at++ = end;
  out.append(piece.data(), at);
}

/// Text that stands as it is wherever it stands: ASCII that begins with a word, without what begins a comment
/// or ends a key. Says no when in doubt. `column`: where it would begin.
bool is_plain(std::string_view text, std::size_t column) {
  if (text.empty() || !is_word(text.front()) || text.back() == ' ' || text.back() == ':') return false;
  bool blanks = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_word(c) || c == '-' || c == '.') continue;
    if (c < ' ' || c > '~') return false;
    if (c == '#' && text[i - 1] == ' ') return false;
    if (c == ':' && text[i + 1] == ' ') return false;
    blanks = blanks || c == ' ';
  }
  return !blanks || column + text.size() <= kWidth;
}

/// Text that needs nothing but quotation marks around it, of either kind.
bool is_quotable(std::string_view text, std::size_t column) {
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }))
    return false;
  return text.find(' ') == std::string_view::npos || column + text.size() + 2 <= kWidth;
}

/// Text that cannot stand as it is: it begins with an indicator or a blank, ends with a blank, or holds what
/// begins a comment or ends a key. Says no when in doubt.
bool is_never_plain(std::string_view text) {
  constexpr std::string_view kIndicators = "#,[]{}&*!|>'%@` ";
  return kIndicators.find(text.front()) != std::string_view::npos || text.back() == ' ' ||
         text.back() == ':' || text.find(": ") != std::string_view::npos ||
         text.find(" #") != std::string_view::npos;
}

/// The text in its place, or false when it takes more than a word or a pair of quotation marks.
bool append_word(std::string& out, std::string_view text, std::size_t column) {
  const bool quotes = needs_quotes(text);
  if (!quotes && is_plain(text, column)) {
    out += text;
    return true;
  }
  if (!is_quotable(text, column) ||
      (!quotes && (text.find('\'') != std::string_view::npos || !is_never_plain(text))))
    return false;
  const char mark = quotes ? '"' : '\'';
  out += mark;
  out += text;
  out += mark;
  return true;
}

}  // namespace

class Writer::Emitter {
 public:
  explicit Emitter(std::string& out) : out_(out) {}

  void begin(bool list) {
    std::size_t indent = 0;
    bool beside = true;  // does its first line begin where we are?
    if (!open_.empty()) {
      const Open parent = open_.back();
      if (parent.list) begin_item();
      beside = parent.list || parent.explicit_key;
      indent = parent.indent + (beside || !list ? 2 : 0);
      if (parent.explicit_key) out_ += ' ';
    }
    open_.push_back({.list = list, .beside = beside, .indent = indent});
  }

  void end() {
    const Open closed = open_.back();
    open_.pop_back();
    if (!closed.empty) return after_value();
    if (!closed.beside) out_ += ' ';
    out_ += closed.list ? "[]\n" : "{}\n";
    after_value();
  }

  void key(std::string_view text) {
    auto& map = open_.back();
    const auto blanks = begin_line(map);
    if (text.size() <= kLongestKey && is_simple_word(text)) {
      append_piece(out_, blanks, text, ':');
      column_ = map.indent + text.size() + 2;
      return;
    }
    out_.append(blanks, ' ');
    if (!is_utf8(text)) return other_key(to_valid_utf8(text), map);
    other_key(text, map);
  }

  /// A scalar that is known to be a plain word.
  void plain(std::string_view text) {
    append_piece(out_, before_scalar(), text, '\n');
    after_value();
  }

  void text(std::string_view text) {
    if (is_simple_word(text)) return plain(text);
    if (!is_utf8(text)) return other_text(to_valid_utf8(text));
    other_text(text);
  }

 private:
  struct Open {
    bool list;
    bool beside;
    std::size_t indent;
    bool empty = true;
    bool explicit_key = false;
  };

  void other_key(std::string_view text, Open& map) {
    const auto start = out_.size();
    if (text.size() <= kLongestKey && append_word(out_, text, 0)) {
      out_ += ':';
    } else {
      lay_out_key(text, map);
    }
    column_ = map.explicit_key ? map.indent + 2 : map.indent + (out_.size() - start) + 1;
  }
  void other_text(std::string_view text) {
    out_.append(before_scalar(), ' ');
    const std::size_t column = open_.empty() ? 0 : open_.back().list ? open_.back().indent + 2 : column_;
    if (append_word(out_, text, column)) {
      out_ += '\n';
    } else {
      const std::size_t indent = open_.empty() ? 2 : open_.back().indent + 2;
      append_scalar(out_, text, {.column = characters_before(column), .indent = indent});
      end_line();
    }
    after_value();
  }

  /// Returns how many blanks the line begins with; the caller writes them.
  std::size_t begin_line(Open& in) {
    if (in.empty && !in.beside) out_ += '\n';
    const bool beside = in.empty && in.beside;
    in.empty = false;
    return beside ? 0 : in.indent;
  }
  void begin_item() { append_piece(out_, begin_line(open_.back()), "-", ' '); }
  /// As begin_line.
  std::size_t before_scalar() {
    if (open_.empty()) return 0;
    if (!open_.back().list) return 1;
    begin_item();
    return 0;
  }
  void after_value() {
    if (!open_.empty()) open_.back().explicit_key = false;
  }
  /// A key that is no plain short word, and its ':'. One that cannot stand before it on one line is an
  /// explicit one.
  void lay_out_key(std::string_view text, Open& map) {
    map.explicit_key = !is_simple_key(text);
    if (map.explicit_key) out_ += "? ";
    append_scalar(out_, text,
                  {.column = map.indent + 2, .indent = map.indent + 2, .simple_key = !map.explicit_key});
    if (map.explicit_key) {
      end_line();
      out_.append(map.indent, ' ');
    }
    out_ += ':';
  }
  /// Characters on the line that is being written, which has this many bytes.
  [[nodiscard]] std::size_t characters_before(std::size_t bytes) const {
    const std::string_view line = std::string_view(out_).substr(out_.size() - bytes);
    return bytes - static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
             return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
           }));
  }
  /// A block ends the line itself, perhaps with U+2028 or U+2029.
  void end_line() {
    const std::string_view written = out_;
    if (!written.ends_with('\n') && !written.ends_with("\xE2\x80\xA8") && !written.ends_with("\xE2\x80\xA9"))
      out_ += '\n';
  }

  std::string& out_;
  std::vector<Open> open_;
  std::size_t column_ = 0;  ///< where a map's value begins, in bytes
};

Writer::Writer(std::string& out) : emitter_(std::make_unique<Emitter>(out)) {}
Writer::~Writer() = default;

void Writer::begin_map() { emitter_->begin(false); }
void Writer::end_map() { emitter_->end(); }
void Writer::begin_list() { emitter_->begin(true); }
void Writer::end_list() { emitter_->end(); }
void Writer::finish() {}

void Writer::null() { emitter_->plain("null"); }
void Writer::boolean(bool value) { emitter_->plain(value ? "true" : "false"); }
void Writer::integer(std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  emitter_->plain({digits.data(), end});
}
void Writer::natural(std::uint64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  emitter_->plain({digits.data(), end});
}

void Writer::real(double value) {
  if (std::isnan(value)) return emitter_->plain(".nan");
  if (std::isinf(value)) return emitter_->plain(value < 0 ? "-.inf" : ".inf");
  // JSON has no integers of its own: a number whose digits fit one is one.
  if (std::abs(value) < 1e15 && std::trunc(value) == value && !(value == 0 && std::signbit(value)))
    return integer(static_cast<std::int64_t>(value));
  const std::string digits = format_go_json(value);
  const Scalar as_read = resolve_plain(digits);
  if (as_read.kind == Scalar::Kind::integer) return integer(as_read.integer);
  if (as_read.kind == Scalar::Kind::natural) return natural(as_read.natural);
  emitter_->plain(format_go_g(value));
}

void Writer::key(std::string_view key) { emitter_->key(key); }
void Writer::string(std::string_view value) { emitter_->text(value); }

}  // namespace dpctl::yaml
