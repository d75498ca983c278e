// yaml_scalar_layout.cpp: the scalars that yaml_writer.cpp does not write itself.
//
// The style that is wanted (quoted when it would read back as something else than text, a block when it has
// line feeds, else plain) gives way to the next that can carry the text: plain to '…', that and blocks to
// "…". What each can carry, and where each folds its lines, is as in the emitter of go.yaml.in/yaml/v2.
#include "lib/data/yaml_scalar_layout.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "lib/data/utf8.hpp"
#include "lib/data/yaml_chars.hpp"
#include "lib/data/yaml_resolve.hpp"

namespace dpctl::yaml {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kLongestSimpleKey = 128;  // bytes
constexpr char kIndentHint = '2';               // blocks are indented by as much as everything else
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum class Style { plain, single_quoted, double_quoted, literal };

std::size_t width_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Characters beyond U+FFFF and the byte order mark are not, in these tools' eyes.
bool is_printable(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return byte == '\n' || (byte >= 0x20 && byte <= 0x7E);
  if (byte == 0xC2) return static_cast<unsigned char>(text[at + 1]) >= 0xA0;
  if (byte != 0xEF) return byte < 0xF0;
  const std::string_view character = text.substr(at, 3);
  return character != kByteOrderMark && character != "\xEF\xBF\xBE" && character != "\xEF\xBF\xBF";
}

struct Analysis {
  bool multiline = false;
  bool plain = true, single_quoted = true, block = true;  ///< can it be written so?
};

// May the character at text[at] not stand there in plain text?
bool is_indicator(std::string_view text, std::size_t at) {
  const bool blank_behind = at + 1 >= text.size() || is_blank(text[at + 1]);
  switch (text[at]) {
    case ',':
    case '[':
    case ']':
    case '{':
    case '}':
    case '&':
    case '*':
    case '!':
    case '|':
    case '>':
    case '\'':
    case '"':
    case '%':
    case '@':
    case '`': return at == 0;
    case '?':
    case '-': return at == 0 && blank_behind;
    case ':': return blank_behind;
    case '#': return at == 0 || is_blank(text[at - 1]);
    default: return false;
  }
}

Analysis analyse(std::string_view text) {
  if (text.empty()) return {.block = false};
  Analysis result;
  result.plain =
      !text.starts_with("---") && !text.starts_with("...") && text.front() != ' ' && text.back() != ' ';
  result.block = text.back() != ' ';
  bool special = false, after_blank = false, after_break = false;
  for (std::size_t at = 0; at < text.size(); at += width_at(text, at)) {
    if (is_indicator(text, at)) result.plain = false;
    if (!is_printable(text, at)) special = true;
    const bool blank = text[at] == ' ', line_break = break_at(text, at) > 0;
    if (line_break) result.multiline = true;
    if (blank && after_break) result.single_quoted = false;
    if (line_break && after_blank) special = true;
    after_blank = blank;
    after_break = line_break;
  }
  if (special) result.single_quoted = result.block = false;
  if (special || result.multiline || !result.single_quoted) result.plain = false;
  return result;
}

Style style_of(std::string_view text, bool simple_key) {
  const Analysis can = analyse(text);
  // Marshal would write U+0085 as a line break, which reads back as a blank.
  if (needs_quotes(text) || text.find("\xC2\x85") != std::string_view::npos) return Style::double_quoted;
  if (text.find('\n') != std::string_view::npos)
    return can.block && !simple_key ? Style::literal : Style::double_quoted;
  if (can.plain && !(text.empty() && simple_key)) return Style::plain;
  return can.single_quoted ? Style::single_quoted : Style::double_quoted;
}

/// Writes one text, keeping count of the column.
class Layout {
 public:
  Layout(std::string& out, std::string_view text, const ScalarPlace& place)
      : out_(out), text_(text), column_(place.column), indent_(place.indent), folds_(!place.simple_key) {}

  void plain() {
    for (std::size_t at = 0; at < text_.size();) {
      if (folds_here(at) && !is_space(at + 1)) {
        begin_line();
        ++at;
      } else {
        copy(at);
      }
    }
  }

  void single_quoted() {
    put('\'');
    bool broken = false;  // are we behind line breaks?
    for (std::size_t at = 0; at < text_.size();) {
      if (break_at(text_, at) > 0) {
        copy_break(at);
        broken = true;
      } else if (folds_here(at) && at > 0 && at + 1 < text_.size() && !is_space(at + 1)) {
        begin_line();
        ++at;
      } else {
        if (std::exchange(broken, false)) indent();
        if (text_[at] == '\'') put('\'');
        copy(at);
      }
    }
    put('\'');
  }

  void double_quoted() {
    put('"');
    const bool escape_all = text_.starts_with(kByteOrderMark);
    for (std::size_t at = 0; at < text_.size();) {
      const char c = text_[at];
      if (escape_all || c == '"' || c == '\\' || !is_printable(text_, at) || break_at(text_, at) > 0) {
        escape(at);
      } else if (folds_here(at) && at > 0 && at + 1 < text_.size()) {
        begin_line();
        ++at;
        if (is_space(at)) put('\\');
        after_space_ = true;
      } else {
        copy(at);
      }
    }
    put('"');
  }

  void literal() {
    out_ += '|';
    if (is_space(0) || break_at(text_, 0) > 0) out_ += kIndentHint;
    hint_chomping();
    out_ += '\n';
    bool broken = true;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t begin = at;
      while (at < text_.size() && break_at(text_, at) == 0) at = find_stop(text_, at + 1, kStopBreak);
      if (at > begin) {
        indent();
        out_.append(text_.substr(begin, at - begin));
      }
      broken = at < text_.size();
      if (broken) copy_break(at);
    }
    if (!broken) out_ += '\n';
  }

 private:
  [[nodiscard]] bool is_space(std::size_t at) const { return at < text_.size() && text_[at] == ' '; }
  /// Is there a blank at whose place the line may end?
  [[nodiscard]] bool folds_here(std::size_t at) const {
    return folds_ && is_space(at) && !after_space_ && column_ > kWidth;
  }

  void put(char c) {
    out_ += c;
    ++column_;
    after_space_ = false;
  }
  void copy(std::size_t& at) {
    after_space_ = text_[at] == ' ';
    const std::size_t width = width_at(text_, at);
    out_.append(text_.substr(at, width));
    at += width;
    ++column_;
  }
  void copy_break(std::size_t& at) {
    const std::size_t width = width_at(text_, at);
    out_.append(text_.substr(at, width));
    at += width;
    column_ = 0;
  }
  void indent() {
    out_.append(indent_, ' ');
    column_ = indent_;
  }
  void begin_line() {
    out_ += '\n';
    indent();
    after_space_ = true;
  }

  void escape(std::size_t& at) {
    const Utf8 character = decode_utf8(text_, at);
    at += character.bytes;
    put('\\');
    if (const char name = name_of(character.point); name != '\0') return put(name);
    const std::size_t before = out_.size();
    const auto point = static_cast<std::uint32_t>(character.point);
    if (point <= 0xFF) {
      fmt::format_to(std::back_inserter(out_), "x{:02X}", point);
    } else if (point <= 0xFFFF) {
      fmt::format_to(std::back_inserter(out_), "u{:04X}", point);
    } else {
      fmt::format_to(std::back_inserter(out_), "U{:08X}", point);
    }
    column_ += out_.size() - before;
  }
  static char name_of(char32_t point) {
    switch (point) {
      case 0x00: return '0';
      case 0x07: return 'a';
      case 0x08: return 'b';
      case 0x09: return 't';
      case 0x0A: return 'n';
      case 0x0B: return 'v';
      case 0x0C: return 'f';
      case 0x0D: return 'r';
      case 0x1B: return 'e';
      case '"': return '"';
      case '\\': return '\\';
      case 0x85: return 'N';
      case 0xA0: return '_';
      case 0x2028: return 'L';
      case 0x2029: return 'P';
      default: return '\0';
    }
  }

  /// '-' for a text without a line break at its end, '+' for one with more than one.
  void hint_chomping() {
    const std::size_t last = last_character(text_.size());
    if (break_at(text_, last) == 0) {
      out_ += '-';
    } else if (last == 0 || break_at(text_, last_character(last)) > 0) {
      out_ += '+';
    }
  }
  /// Where the character before `end` begins.
  [[nodiscard]] std::size_t last_character(std::size_t end) const {
    do --end;
    while ((static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U);
    return end;
  }

  std::string& out_;
  std::string_view text_;
  std::size_t column_;
  std::size_t indent_;
  bool folds_;
  bool after_space_ = false;
};

}  // namespace

bool is_simple_key(std::string_view text) {
  return text.size() <= kLongestSimpleKey && !analyse(text).multiline;
}

void append_scalar(std::string& out, std::string_view text, const ScalarPlace& place) {
  Layout layout(out, text, place);
  switch (style_of(text, place.simple_key)) {
    case Style::plain: return layout.plain();
    case Style::single_quoted: return layout.single_quoted();
    case Style::double_quoted: return layout.double_quoted();
    case Style::literal: return layout.literal();
  }
}

}  // namespace dpctl::yaml
