#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dpctl::chart {

/// What Go's text/template lexer calls an item.
enum class TokenType : std::uint8_t {
  error,
  boolean,
  character,  ///< punctuation such as ','
  char_constant,
  assign,   ///< =
  declare,  ///< :=
  eof,
  field,  ///< .name
  identifier,
  left_delim,
  left_paren,
  number,
  pipe,
  raw_string,
  right_delim,
  right_paren,
  space,
  string,
  text,
  variable,
  keyword,  ///< those after this one are keywords
  block_,
  break_,
  continue_,
  dot,
  define_,
  else_,
  end_,
  if_,
  nil,
  range_,
  template_,
  with_,
};

struct Token {
  TokenType type = TokenType::eof;
  std::size_t pos = 0;      ///< byte offset in the text
  std::string_view text{};  ///< into the input, or into the lexer's own message for an error
  std::size_t line = 1;
};

/// As it appears in error messages: "EOF", <range>, "word".
std::string to_string(const Token& token);

/// Cuts template text into tokens, one at a time. The input must outlive it.
class Lexer {
 public:
  explicit Lexer(std::string_view input) : input_(input) {}
  Token next();

 private:
  Token text();
  Token left_delim();
  bool comment();
  Token inside_action();
  Token space();
  Token identifier();
  Token field_or_variable(TokenType type);
  Token quoted(char quote, TokenType type, const char* message);
  Token raw_string();
  Token number();
  Token right_delim();
  bool scan_number();
  bool accept(std::string_view valid);
  void accept_run(std::string_view valid);
  [[nodiscard]] bool at_right_delim(bool& trims) const;
  [[nodiscard]] bool at_terminator() const;
  [[nodiscard]] char32_t peek_rune() const;
  void skip_to(std::size_t pos);
  Token emit(TokenType type);
  Token error(std::string message);

  std::string_view input_;
  std::size_t start_ = 0;
  std::size_t pos_ = 0;
  std::size_t line_ = 1;  ///< at start_
  int parens_ = 0;
  bool inside_ = false;
  std::string message_;
};

}  // namespace dpctl::chart
