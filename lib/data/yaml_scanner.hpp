#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "lib/data/yaml_chars.hpp"
#include "lib/data/yaml_source.hpp"

namespace dpctl::yaml {

/// A word of the language.
struct Token {
  enum class Kind : std::uint8_t {
    stream_end,
    version_directive,  ///< `major`, `minor`
    tag_directive,      ///< `text` is the handle, `suffix` the prefix that it stands for
    document_start,
    document_end,
    list_start,  ///< of a block, by its indentation; as map_start and block_end
    map_start,
    block_end,
    flow_list_start,
    flow_list_end,
    flow_map_start,
    flow_map_end,
    item,  ///< '-'
    flow_entry,
    key,  ///< '?', or what turned out to stand before a ':'
    value,
    alias,  ///< `text` is the name, as of an anchor
    anchor,
    tag,  ///< `text` is the handle, empty for a tag in full; `suffix` the rest
    scalar,
  };
  Kind kind = Kind::stream_end;
  bool plain = false;  ///< scalar: without quotes and not as a block
  std::uint8_t major = 0, minor = 0;
  Mark at{}, end{};
  std::string_view text{}, suffix{};  ///< into the source where they stand there as they are
};

/// Why a text is not YAML, in the words of Kubernetes' tools.
struct Problem {
  std::string_view what;
  Mark at;
};

/// Takes a text apart into tokens, as go.yaml.in/yaml/v2 does. The source must have been checked and outlive
/// it; texts of tokens live as long as the scanner. Time is linear in the text.
class Scanner {
 public:
  explicit Scanner(const Source& source);

  /// The next token, again until skip(); after the last one, stream_end. Null when the text is not YAML, from
  /// then on. Stands until the next call of any member.
  const Token* peek() {
    const bool known = head_ != tokens_.size() && waiting_head_ == waiting_.size();
    return known || fill() ? &tokens_[head_] : nullptr;
  }
  void skip() {
    ++head_;
    ++parsed_;
    if (head_ == tokens_.size()) {
      tokens_.clear();
      head_ = 0;
    } else if (head_ > kMostSkipped) {
      drop_skipped();
    }
  }

  /// What was wrong once peek() was null.
  [[nodiscard]] const Problem& problem() const { return problem_; }

  /// A copy that lives as long as the scanner.
  std::string_view keep(std::string_view text);

 private:
  /// A place where a key without '?' may stand; one for each flow level.
  struct SimpleKey {
    bool possible = false;
    bool required = false;   ///< nothing but a key can stand there: a block map's indentation
    std::size_t number = 0;  ///< of its first token, from the beginning of the text
    std::size_t index = 0;   ///< in characters
    Mark at{};
  };
  /// A token that waits to be known as a key, and the level of that key.
  struct Waiting {
    std::size_t number;
    std::size_t level;
  };

  // yaml_scanner.cpp: what stands between scalars.
  bool fill();
  void drop_skipped();
  bool fetch();
  bool fetch_stream_end();
  bool fetch_directive();
  bool fetch_document_indicator(Token::Kind kind);
  bool fetch_flow_start(Token::Kind kind);
  bool fetch_flow_end(Token::Kind kind);
  bool fetch_flow_entry();
  bool fetch_item();
  bool fetch_key();
  bool fetch_value();
  bool fetch_keyable(bool (Scanner::*scan)(Token&));
  bool fetch_line_scalar(bool (Scanner::*scan)(Token&));
  bool fetch_block_scalar();
  void skip_to_token();
  bool save_key();
  SimpleKey key_here();
  void wait_for_value(const SimpleKey& key);
  bool remove_key();
  bool expire(SimpleKey& key);
  void wait(std::size_t number, std::size_t level);
  void stop_waiting(std::size_t number);
  bool indent_to(std::size_t column, Token::Kind kind, Mark at);
  void close_blocks(std::int64_t column);
  void push(Token::Kind kind, std::size_t length);
  void insert(std::size_t number, const Token& token);
  [[nodiscard]] std::size_t next_number() const { return parsed_ + (tokens_.size() - head_); }
  std::size_t character_index();

  // yaml_scan_scalars.cpp
  bool scan_plain(Token& token);
  [[nodiscard]] std::size_t end_of_words() const;
  bool scan_quoted(Token& token);
  bool scan_quoted_lines(Token& token, char quote);
  bool scan_quoted_word(char quote, bool& broken);
  bool scan_escape();
  bool scan_escaped_code(std::size_t digits);
  bool scan_block(Token& token);
  bool scan_block_header(int& chomping, std::size_t& indent);
  bool scan_block_breaks(std::size_t& indent);
  bool scan_gap(bool plain, bool& broken);
  void fold_gap(std::string& text);

  // yaml_scan_properties.cpp
  bool scan_directive(Token& token);
  bool scan_version(Token& token);
  bool scan_version_number(std::uint8_t& number);
  bool scan_tag_directive(Token& token);
  bool scan_alias(Token& token);
  bool scan_anchor(Token& token);
  bool scan_tag(Token& token);
  bool scan_tag_handle(bool directive, std::string_view& handle);
  bool scan_tag_uri(std::string_view head, bool needed, std::string_view& uri);
  bool scan_uri_escapes(std::string& uri);
  std::string_view scan_word();

  /// The byte so far ahead; 0 behind the end, and nowhere else.
  [[nodiscard]] char here(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t break_here() const { return break_at(text_, at_); }
  [[nodiscard]] bool is_end_or_break(std::size_t ahead = 0) const {
    return at_ + ahead >= text_.size() || break_at(text_, at_ + ahead) > 0;
  }
  [[nodiscard]] bool is_space(std::size_t ahead = 0) const {
    return is_blank(here(ahead)) || is_end_or_break(ahead);
  }
  [[nodiscard]] bool is_document_indicator(char c) const {
    return at_ == line_begin_ && here() == c && here(1) == c && here(2) == c && is_space(3);
  }
  [[nodiscard]] std::size_t column() const { return at_ - line_begin_; }
  [[nodiscard]] Mark mark() const { return {line_, static_cast<std::uint32_t>(at_)}; }
  void skip_blanks() {
    while (is_blank(here())) ++at_;
  }
  void skip_comment() {
    while (!is_end_or_break()) at_ = find_stop(text_, at_ + 1, kStopBreak);
  }
  /// Steps over the line break here, if there is one.
  bool skip_break();
  /// The same, and appends what it means: LS and PS as they are, else a line feed.
  void read_break(std::string& breaks);
  bool refuse(std::string_view what);

  static constexpr std::size_t kMostSkipped = 64;  // tokens that may lie before head_

  std::string_view text_;
  bool ascii_;
  std::size_t at_ = 0, line_begin_ = 0;
  std::uint32_t line_ = 0;
  std::size_t counted_ = 0, characters_ = 0;  // characters up to a byte, for keys in text that is not ASCII

  std::vector<Token> tokens_;  // those behind head_ are not skipped yet
  std::size_t head_ = 0, parsed_ = 0;
  std::vector<SimpleKey> keys_;
  std::vector<Waiting> waiting_;  // by number
  std::size_t waiting_head_ = 0;
  bool key_allowed_ = true;
  std::size_t flow_level_ = 0;
  std::int64_t indent_ = -1;
  std::vector<std::int64_t> indents_;
  Problem problem_{};
  bool failed_ = false;

  std::string built_, break_, breaks_;  // of the scalar that is being scanned
  std::pmr::monotonic_buffer_resource kept_;
};

}  // namespace dpctl::yaml
