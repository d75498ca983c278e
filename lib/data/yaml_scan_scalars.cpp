// yaml_scan_scalars.cpp: the texts of a document: plain, quoted, and as blocks.
//
// A text that stands on one line and has no escapes is not copied: the token points into the source. A text
// of several lines is folded (YAML 1.1 §9): one line break becomes a blank, of more the first is dropped, LS
// and PS stay, and blanks around breaks go.
#include <algorithm>

#include "lib/data/utf8.hpp"
#include "lib/data/yaml_scanner.hpp"

namespace dpctl::yaml {
namespace {

// Of what stands behind a '\' for one character; 0 for anything else.
char32_t escaped(char c) {
  switch (c) {
    case 'a': return 0x07;
    case 'b': return 0x08;
    case 't':
    case '\t': return 0x09;
    case 'n': return 0x0A;
    case 'v': return 0x0B;
    case 'f': return 0x0C;
    case 'r': return 0x0D;
    case 'e': return 0x1B;
    case ' ':
    case '"':
    case '\'':  // not YAML, but Kubernetes' tools read it; they do not read "\/", which is YAML 1.2
    case '\\': return static_cast<unsigned char>(c);
    case 'N': return 0x85;
    case '_': return 0xA0;
    case 'L': return 0x2028;
    case 'P': return 0x2029;
    default: return 0;
  }
}

}  // namespace

// The end of plain text that begins here and goes on without a line break, or with more than one blank.
std::size_t Scanner::end_of_words() const {
  const auto stops =
      static_cast<std::uint8_t>(kStopBreak | kStopBlank | kStopColon | (flow_level_ > 0 ? kStopFlow : 0));
  for (std::size_t at = at_;; ++at) {
    at = find_stop(text_, at, stops);
    if (at == text_.size()) return at;
    switch (text_[at]) {
      case ':':
        if (is_space(at + 1 - at_)) return at;
        break;
      case ' ':
        if (at + 1 == text_.size() || text_[at + 1] == '#' || is_stop(text_[at + 1], stops)) return at;
        break;
      case '\xC2':
      case '\xE2':
        if (break_at(text_, at) > 0) return at;
        break;
      default: return at;
    }
  }
}

bool Scanner::scan_plain(Token& token) {
  token = {.kind = Token::Kind::scalar, .plain = true, .at = mark()};
  built_.clear();
  std::size_t begin = at_, end = at_;  // of the last line of the text
  bool broken = false;                 // did the line end since?
  while (!is_document_indicator('-') && !is_document_indicator('.') && here() != '#') {
    const std::size_t words = at_;
    at_ = end_of_words();
    if (at_ > words) {
      if (broken) {
        built_.append(text_.substr(begin, end - begin));
        fold_gap(built_);
        begin = words;
        broken = false;
      }
      end = at_;
    }
    if (!is_blank(here()) && break_here() == 0) break;
    if (!scan_gap(true, broken)) return false;
    if (flow_level_ == 0 && static_cast<std::int64_t>(column()) <= indent_) break;
  }
  break_.clear();
  breaks_.clear();
  token.text = text_.substr(begin, end - begin);
  if (!built_.empty()) token.text = keep(built_.append(token.text));
  if (broken) key_allowed_ = true;
  return true;
}

// Blanks and line breaks up to the next text. The first break is left in break_, the others in breaks_;
// blanks are not kept.
bool Scanner::scan_gap(bool plain, bool& broken) {
  for (;;) {
    while (here() == ' ') ++at_;
    if (here() == '\t') {
      if (plain && broken && static_cast<std::int64_t>(column()) <= indent_)
        return refuse("found a tab character that violates indentation");
      ++at_;
    } else if (break_here() == 0) {
      return true;
    } else {
      read_break(broken ? breaks_ : break_);
      broken = true;
    }
  }
}

void Scanner::fold_gap(std::string& text) {
  if (break_ != "\n") {
    text += break_;
  } else if (breaks_.empty()) {
    text += ' ';
  }
  text += breaks_;
  break_.clear();
  breaks_.clear();
}

bool Scanner::scan_quoted(Token& token) {
  token = {.kind = Token::Kind::scalar, .at = mark()};
  const char quote = text_[at_++];
  const auto stops = static_cast<std::uint8_t>(kStopBreak | (quote == '"' ? kStopDouble : kStopSingle));
  std::size_t end = find_stop(text_, at_, stops);
  while (end < text_.size() && (text_[end] == '\xC2' || text_[end] == '\xE2') && break_at(text_, end) == 0)
    end = find_stop(text_, end + 1, stops);
  const bool ends = end < text_.size() && text_[end] == quote;
  if (!ends || (quote == '\'' && text_.substr(end + 1, 1) == "'")) return scan_quoted_lines(token, quote);
  token.text = text_.substr(at_, end - at_);
  at_ = end + 1;
  return true;
}

bool Scanner::scan_quoted_lines(Token& token, char quote) {
  built_.clear();
  for (;;) {
    if (is_document_indicator('-') || is_document_indicator('.'))
      return refuse("found unexpected document indicator");
    if (at_ >= text_.size()) return refuse("found unexpected end of stream");
    bool broken = false;
    if (!scan_quoted_word(quote, broken)) return false;
    if (here() == quote) break;
    const std::size_t gap = at_;
    if (!scan_gap(false, broken)) return false;
    if (broken) {
      fold_gap(built_);
    } else {
      built_.append(text_.substr(gap, at_ - gap));
    }
  }
  ++at_;
  token.text = keep(built_);
  return true;
}

// Text up to the quotation mark, a blank or the end of the line; `broken` when the end was escaped.
bool Scanner::scan_quoted_word(char quote, bool& broken) {
  const auto stops =
      static_cast<std::uint8_t>(kStopBreak | kStopBlank | (quote == '"' ? kStopDouble : kStopSingle));
  while (!is_space()) {
    const char c = here();
    if (c == '\'' && quote == '\'' && here(1) == '\'') {
      built_ += '\'';
      at_ += 2;
    } else if (c == quote) {
      return true;
    } else if (c == '\\' && quote == '"') {
      if (break_at(text_, at_ + 1) > 0) {
        ++at_;
        broken = skip_break();
        return true;
      }
      if (!scan_escape()) return false;
    } else {
      const std::size_t end = find_stop(text_, at_ + 1, stops);
      built_.append(text_.substr(at_, end - at_));
      at_ = end;
    }
  }
  return true;
}

bool Scanner::scan_escape() {
  const char c = here(1);
  if (c == 'x' || c == 'u' || c == 'U') return scan_escaped_code(c == 'x' ? 2 : c == 'u' ? 4 : 8);
  if (c == '0') {
    built_ += '\0';
  } else if (const char32_t point = escaped(c); point != 0) {
    append_utf8(built_, point);
  } else {
    return refuse("found unknown escape character");
  }
  at_ += 2;
  return true;
}

bool Scanner::scan_escaped_code(std::size_t digits) {
  at_ += 2;
  std::uint32_t point = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_value(here(i));
    if (digit < 0) return refuse("did not find expected hexdecimal number");
    point = (point << 4U) + static_cast<std::uint32_t>(digit);
  }
  if ((point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF)
    return refuse("found invalid Unicode character escape code");
  append_utf8(built_, point);
  at_ += digits;
  return true;
}

bool Scanner::scan_block(Token& token) {
  token = {.kind = Token::Kind::scalar, .at = mark()};
  const bool literal = text_[at_++] == '|';
  int chomping = 0;
  std::size_t indent = 0;
  if (!scan_block_header(chomping, indent)) return false;
  if (indent > 0 && indent_ >= 0) indent += static_cast<std::size_t>(indent_);
  built_.clear();
  if (!scan_block_breaks(indent)) return false;
  bool blank_before = false;  // did the line before begin with a blank? Such lines are not folded
  while (column() == indent && at_ < text_.size()) {
    const bool blank = is_blank(here());
    if (literal || blank_before || blank || break_ != "\n") {
      built_ += break_;
    } else if (breaks_.empty()) {
      built_ += ' ';
    }
    built_ += breaks_;
    break_.clear();
    breaks_.clear();
    blank_before = blank;
    const std::size_t line = at_;
    while (!is_end_or_break()) at_ = find_stop(text_, at_ + 1, kStopBreak);
    built_.append(text_.substr(line, at_ - line));
    if (at_ < text_.size()) read_break(break_);
    if (!scan_block_breaks(indent)) return false;
  }
  if (chomping >= 0) built_ += break_;
  if (chomping > 0) built_ += breaks_;
  break_.clear();
  breaks_.clear();
  token.text = keep(built_);
  return true;
}

// Up to the end of the line: a sign that says which line breaks at the end are kept (1: all, 0: one, -1:
// none), and a digit for the indentation, in any order.
bool Scanner::scan_block_header(int& chomping, std::size_t& indent) {
  const auto sign = [&] {
    if (here() != '+' && here() != '-') return false;
    chomping = text_[at_++] == '+' ? 1 : -1;
    return true;
  };
  const bool signed_first = sign();
  if (is_digit(here())) {
    if (here() == '0') return refuse("found an indentation indicator equal to 0");
    indent = static_cast<std::size_t>(text_[at_++] - '0');
    if (!signed_first) sign();
  }
  skip_blanks();
  if (here() == '#') skip_comment();
  if (!is_end_or_break()) return refuse("did not find expected comment or line break");
  skip_break();
  return true;
}

// Empty lines, and the indentation of the next one; the first that is not empty sets the indentation of all.
bool Scanner::scan_block_breaks(std::size_t& indent) {
  std::size_t deepest = 0;
  for (;;) {
    const auto indents = [&] { return indent == 0 || column() < indent; };
    while (indents() && here() == ' ') ++at_;
    deepest = std::max(deepest, column());
    if (indents() && here() == '\t')
      return refuse("found a tab character where an indentation space is expected");
    if (break_here() == 0) break;
    read_break(breaks_);
  }
  if (indent == 0) indent = std::max({deepest, static_cast<std::size_t>(indent_ + 1), std::size_t{1}});
  return true;
}

}  // namespace dpctl::yaml
