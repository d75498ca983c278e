#include "lib/chart/text/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cwctype>
#include <utility>

#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr char32_t kEnd = 0xFFFFFFFF;

bool is_space(char32_t rune) { return rune == ' ' || rune == '\t' || rune == '\r' || rune == '\n'; }

bool is_alphanumeric(char32_t rune) {
  if (rune < 0x80) {
    return rune == '_' || (rune >= '0' && rune <= '9') || (rune >= 'a' && rune <= 'z') ||
           (rune >= 'A' && rune <= 'Z');
  }
  // Letters beyond ASCII: everything but the blocks of punctuation and symbols.
  return rune != kEnd && rune != 0xFFFD && !(rune < 0xC0 && rune != 0xAA && rune != 0xB5 && rune != 0xBA) &&
         rune != 0xD7 && rune != 0xF7 && !(rune >= 0x2000 && rune < 0x2C00) &&
         !(rune >= 0x3000 && rune < 0x3005) && !(rune >= 0xE000 && rune < 0xF900) && rune < 0x1F000;
}

// Moves `pos` behind the letters and digits there; nearly all are ASCII.
void skip_word(std::string_view input, std::size_t& pos) {
  while (pos < input.size()) {
    const auto byte = static_cast<unsigned char>(input[pos]);
    std::size_t after = pos;
    if (!is_alphanumeric(byte < 0x80 ? byte : next_rune(input, after))) return;
    pos = std::max(after, pos + 1);
  }
}

bool left_trims(std::string_view after) {
  return after.size() >= 2 && after[0] == '-' && is_space(static_cast<unsigned char>(after[1]));
}
bool right_trims(std::string_view at) {
  return at.size() >= 2 && is_space(static_cast<unsigned char>(at[0])) && at[1] == '-';
}

constexpr std::array<std::pair<std::string_view, TokenType>, 12> kKeywords{{
    {".", TokenType::dot},
    {"block", TokenType::block_},
    {"break", TokenType::break_},
    {"continue", TokenType::continue_},
    {"define", TokenType::define_},
    {"else", TokenType::else_},
    {"end", TokenType::end_},
    {"if", TokenType::if_},
    {"nil", TokenType::nil},
    {"range", TokenType::range_},
    {"template", TokenType::template_},
    {"with", TokenType::with_},
}};

}  // namespace

std::string to_string(const Token& token) {
  if (token.type == TokenType::eof) return "EOF";
  if (token.type == TokenType::error) return std::string(token.text);
  if (token.type > TokenType::keyword) return "<" + std::string(token.text) + ">";
  if (token.text.size() > 10) {  // bytes, but so many characters are shown
    std::size_t at = 0;
    for (int i = 0; i < 10 && at < token.text.size(); ++i) next_rune(token.text, at);
    return quote_go(token.text.substr(0, at)) + "...";
  }
  return quote_go(token.text);
}

Token Lexer::next() { return inside_ ? inside_action() : text(); }

void Lexer::skip_to(std::size_t pos) {
  line_ += static_cast<std::size_t>(std::count(input_.begin() + static_cast<std::ptrdiff_t>(start_),
                                               input_.begin() + static_cast<std::ptrdiff_t>(pos), '\n'));
  start_ = pos_ = pos;
}

Token Lexer::emit(TokenType type) {
  Token token{type, start_, input_.substr(start_, pos_ - start_), line_};
  skip_to(pos_);
  return token;
}

Token Lexer::error(std::string message) {
  message_ = std::move(message);
  Token token{TokenType::error, start_, message_, line_};
  input_ = {};
  start_ = pos_ = 0;
  inside_ = false;
  return token;
}

Token Lexer::text() {
  for (;;) {
    const auto open = input_.find("{{", pos_);
    if (open == std::string_view::npos) {
      pos_ = input_.size();
      if (pos_ > start_) return emit(TokenType::text);
      return {TokenType::eof, pos_, "EOF", line_};
    }
    if (open > start_) {
      pos_ = open;
      if (left_trims(input_.substr(open + 2))) {
        const auto last = input_.substr(start_, open - start_).find_last_not_of(kSpaces);
        pos_ = last == std::string_view::npos ? start_ : start_ + last + 1;
      }
      const bool any = pos_ > start_;
      Token token = emit(TokenType::text);
      skip_to(open);
      if (any) return token;
    }
    const std::size_t marker = left_trims(input_.substr(open + 2)) ? 2 : 0;
    if (!input_.substr(open + 2 + marker).starts_with("/*")) {
      pos_ = open + 2;
      Token token = emit(TokenType::left_delim);
      skip_to(open + 2 + marker);
      inside_ = true;
      parens_ = 0;
      return token;
    }
    skip_to(open + 2 + marker);
    if (!comment()) return error(std::move(message_));
  }
}

/// At the slash of a comment: moves behind its closing delimiter, or leaves a message.
bool Lexer::comment() {
  const auto close = input_.find("*/", start_ + 2);
  if (close == std::string_view::npos) {
    message_ = "unclosed comment";
    return false;
  }
  pos_ = close + 2;
  bool trims = false;
  if (!at_right_delim(trims)) {
    message_ = "comment ends before closing delimiter";
    return false;
  }
  pos_ += trims ? 4 : 2;
  if (trims) pos_ = std::min(input_.find_first_not_of(kSpaces, pos_), input_.size());
  skip_to(pos_);
  return true;
}

bool Lexer::at_right_delim(bool& trims) const {
  const auto rest = input_.substr(pos_);
  trims = right_trims(rest) && rest.substr(2).starts_with("}}");
  return trims || rest.starts_with("}}");
}

Token Lexer::right_delim() {
  bool trims = false;
  static_cast<void>(at_right_delim(trims));
  if (trims) skip_to(pos_ + 2);
  pos_ += 2;
  Token token = emit(TokenType::right_delim);
  if (trims) skip_to(std::min(input_.find_first_not_of(kSpaces, pos_), input_.size()));
  inside_ = false;
  return token;
}

char32_t Lexer::peek_rune() const {
  if (pos_ >= input_.size()) return kEnd;
  std::size_t at = pos_;
  return next_rune(input_, at);
}

Token Lexer::inside_action() {
  bool trims = false;
  if (at_right_delim(trims)) return parens_ == 0 ? right_delim() : error("unclosed left paren");
  if (pos_ >= input_.size()) return error("unclosed action");
  const std::size_t before = pos_;
  const char32_t rune = next_rune(input_, pos_);
  if (is_space(rune)) return space();
  switch (rune) {
    case '=': return emit(TokenType::assign);
    case ':':
      if (pos_ >= input_.size() || input_[pos_] != '=') return error("expected :=");
      ++pos_;
      return emit(TokenType::declare);
    case '|': return emit(TokenType::pipe);
    case '"': return quoted('"', TokenType::string, "unterminated quoted string");
    case '\'': return quoted('\'', TokenType::char_constant, "unterminated character constant");
    case '`': return raw_string();
    case '$': return field_or_variable(TokenType::variable);
    case '(': ++parens_; return emit(TokenType::left_paren);
    case ')':
      if (--parens_ < 0) return error("unexpected right paren");
      return emit(TokenType::right_paren);
    default: break;
  }
  if (rune == '.' && pos_ < input_.size() && (input_[pos_] < '0' || input_[pos_] > '9'))
    return field_or_variable(TokenType::field);
  if (rune == '.' || rune == '+' || rune == '-' || (rune >= '0' && rune <= '9')) {
    pos_ = before;
    return number();
  }
  if (is_alphanumeric(rune)) return identifier();
  if (rune >= 0x20 && rune < 0x7F) return emit(TokenType::character);
  std::string shown;
  append_rune(shown, rune);
  return error(
      fmt::format("unrecognized character in action: U+{:04X} '{}'", static_cast<unsigned>(rune), shown));
}

Token Lexer::space() {
  std::size_t count = 1;
  while (pos_ < input_.size() && is_space(static_cast<unsigned char>(input_[pos_]))) {
    ++pos_;
    ++count;
  }
  // The last blank may belong to a trim marker: " -}}".
  if (right_trims(input_.substr(pos_ - 1)) && input_.substr(pos_ + 1).starts_with("}}")) {
    --pos_;
    if (count == 1) return right_delim();
  }
  return emit(TokenType::space);
}

Token Lexer::identifier() {
  skip_word(input_, pos_);
  if (!at_terminator()) {
    std::string shown;
    append_rune(shown, peek_rune());
    return error(fmt::format("bad character U+{:04X} '{}'", static_cast<unsigned>(peek_rune()), shown));
  }
  const auto word = input_.substr(start_, pos_ - start_);
  for (const auto& [name, type] : kKeywords)
    if (word == name) return emit(type);
  return emit(word == "true" || word == "false" ? TokenType::boolean : TokenType::identifier);
}

Token Lexer::field_or_variable(TokenType type) {
  if (at_terminator()) return emit(type == TokenType::variable ? type : TokenType::dot);
  skip_word(input_, pos_);
  if (!at_terminator()) {
    std::string shown;
    append_rune(shown, peek_rune());
    return error(fmt::format("bad character U+{:04X} '{}'", static_cast<unsigned>(peek_rune()), shown));
  }
  return emit(type);
}

bool Lexer::at_terminator() const {
  const char32_t rune = peek_rune();
  if (rune == kEnd || is_space(rune)) return true;
  if (rune < 0x80 && std::string_view(".,|:)(").find(static_cast<char>(rune)) != std::string_view::npos)
    return true;
  return input_.substr(pos_).starts_with("}}");
}

Token Lexer::quoted(char quote, TokenType type, const char* message) {
  while (pos_ < input_.size()) {
    const char c = input_[pos_++];
    if (c == '\\') {
      if (pos_ >= input_.size() || input_[pos_] == '\n') return error(message);
      ++pos_;
    } else if (c == '\n') {
      return error(message);
    } else if (c == quote) {
      return emit(type);
    }
  }
  return error(message);
}

Token Lexer::raw_string() {
  const auto close = input_.find('`', pos_);
  if (close == std::string_view::npos) return error("unterminated raw quoted string");
  pos_ = close + 1;
  return emit(TokenType::raw_string);
}

bool Lexer::accept(std::string_view valid) {
  if (pos_ >= input_.size() || valid.find(input_[pos_]) == std::string_view::npos) return false;
  ++pos_;
  return true;
}

void Lexer::accept_run(std::string_view valid) {
  while (accept(valid)) {
  }
}

bool Lexer::scan_number() {
  accept("+-");
  std::string_view digits = "0123456789_";
  if (accept("0")) {
    if (accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (accept("oO")) {
      digits = "01234567_";
    } else if (accept("bB")) {
      digits = "01_";
    }
  }
  accept_run(digits);
  if (accept(".")) accept_run(digits);
  if (digits.size() == 11 && accept("eE")) {
    accept("+-");
    accept_run("0123456789_");
  }
  if (digits.size() == 23 && accept("pP")) {
    accept("+-");
    accept_run("0123456789_");
  }
  accept("i");
  if (is_alphanumeric(peek_rune())) {
    next_rune(input_, pos_);
    return false;
  }
  return true;
}

Token Lexer::number() {
  if (!scan_number()) return error("bad number syntax: " + quote_go(input_.substr(start_, pos_ - start_)));
  if (pos_ < input_.size() && (input_[pos_] == '+' || input_[pos_] == '-')) {
    if (!scan_number() || input_[pos_ - 1] != 'i')
      return error("bad number syntax: " + quote_go(input_.substr(start_, pos_ - start_)));
  }
  return emit(TokenType::number);
}

}  // namespace dpctl::chart
