// yaml_scanner.cpp: what stands between scalars: indentation, indicators, and keys that are known only by
// their ':'.
//
// Blocks are made of indentation: a token further right than the block around it opens one, a token further
// left closes some. "a: b" has no sign before its key, so a scalar that may be a key waits until its ':'
// comes or can come no more (the line ends, or 1024 characters have gone by); the tokens "map_start" and
// "key" are then put before it. The rules for what waits are go.yaml.in/yaml/v2's to the letter, because they
// decide how far a text is read before an error in it is noticed.
//
// A function that returns false has set problem_; everything above returns false at once.
#include "lib/data/yaml_scanner.hpp"

#include <algorithm>
#include <cstring>

namespace dpctl::yaml {
namespace {

constexpr std::size_t kLongestKey = 1024;  // characters, YAML 1.1 §7.4.2
constexpr std::size_t kDeepest = 10'000;   // blocks, and flow collections

using Kind = Token::Kind;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

Scanner::Scanner(const Source& source) : text_(source.text()), ascii_(source.ascii()), keys_(1) {}

void Scanner::drop_skipped() {
  if (head_ * 2 <= tokens_.size()) return;
  tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(head_));
  head_ = 0;
}

std::string_view Scanner::keep(std::string_view text) {
  if (text.empty()) return {};
  auto* bytes = static_cast<char*>(kept_.allocate(text.size(), 1));
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

bool Scanner::refuse(std::string_view what) {
  if (!failed_) problem_ = {what, mark()};
  failed_ = true;
  return false;
}

bool Scanner::skip_break() {
  const std::size_t length = break_here();
  if (length == 0) return false;
  at_ += length;
  line_begin_ = at_;
  ++line_;
  return true;
}

void Scanner::read_break(std::string& breaks) {
  if (here() == '\xE2') {
    breaks.append(text_.substr(at_, 3));
  } else {
    breaks += '\n';
  }
  skip_break();
}

bool Scanner::fill() {
  if (failed_) return false;
  for (;;) {
    if (head_ != tokens_.size()) {
      while (waiting_head_ < waiting_.size() && waiting_[waiting_head_].number < parsed_) ++waiting_head_;
      if (waiting_head_ == waiting_.size() || waiting_[waiting_head_].number != parsed_) break;
      const std::size_t level = waiting_[waiting_head_].level;
      if (level >= keys_.size()) break;
      if (!expire(keys_[level])) return false;
      if (!keys_[level].possible) break;
    }
    if (!fetch()) return false;
  }
  return true;
}

void Scanner::wait(std::size_t number, std::size_t level) {
  if (waiting_head_ == waiting_.size()) {
    waiting_.clear();
    waiting_head_ = 0;
  }
  if (!waiting_.empty() && waiting_.back().number == number) {
    waiting_.back().level = level;
  } else {
    waiting_.push_back({number, level});
  }
}

void Scanner::stop_waiting(std::size_t number) {
  for (auto i = waiting_.size(); i > waiting_head_ && waiting_[i - 1].number >= number; --i) {
    if (waiting_[i - 1].number != number) continue;
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    return;
  }
}

bool Scanner::fetch() {
  skip_to_token();
  close_blocks(static_cast<std::int64_t>(column()));
  if (at_ >= text_.size()) return fetch_stream_end();
  const char c = text_[at_];
  switch (c) {
    case '%':
      if (column() != 0) break;
      return fetch_directive();
    case '[': return fetch_flow_start(Kind::flow_list_start);
    case '{': return fetch_flow_start(Kind::flow_map_start);
    case ']': return fetch_flow_end(Kind::flow_list_end);
    case '}': return fetch_flow_end(Kind::flow_map_end);
    case ',': return fetch_flow_entry();
    case '-':
      if (is_document_indicator('-')) return fetch_document_indicator(Kind::document_start);
      return is_space(1) ? fetch_item() : fetch_line_scalar(&Scanner::scan_plain);
    case '.':
      if (is_document_indicator('.')) return fetch_document_indicator(Kind::document_end);
      return fetch_line_scalar(&Scanner::scan_plain);
    case '?': return flow_level_ > 0 || is_space(1) ? fetch_key() : fetch_line_scalar(&Scanner::scan_plain);
    case ':': return flow_level_ > 0 || is_space(1) ? fetch_value() : fetch_line_scalar(&Scanner::scan_plain);
    case '*': return fetch_keyable(&Scanner::scan_alias);
    case '&': return fetch_keyable(&Scanner::scan_anchor);
    case '!': return fetch_keyable(&Scanner::scan_tag);
    case '\'':
    case '"': return fetch_line_scalar(&Scanner::scan_quoted);
    case '|':
    case '>':
      if (flow_level_ > 0) break;
      return fetch_block_scalar();
    case '\t':
    case '@':
    case '`': break;
    default: return fetch_line_scalar(&Scanner::scan_plain);
  }
  return refuse("found character that cannot start any token");
}

void Scanner::skip_to_token() {
  for (;;) {
    // A tab cannot indent a key.
    while (here() == ' ' || (here() == '\t' && (flow_level_ > 0 || !key_allowed_))) ++at_;
    if (here() == '#') skip_comment();
    if (!skip_break()) return;
    if (flow_level_ == 0) key_allowed_ = true;
  }
}

// Is the key still one that a ':' may follow?
bool Scanner::expire(SimpleKey& key) {
  if (!key.possible) return true;
  if (key.at.line == line_ &&
      (at_ - key.at.offset <= kLongestKey || (!ascii_ && character_index() - key.index <= kLongestKey)))
    return true;
  if (key.required) return refuse("could not find expected ':'");
  key.possible = false;
  return true;
}

std::size_t Scanner::character_index() {
  for (; counted_ < at_; ++counted_) characters_ += is_continuation(text_[counted_]) ? 0 : 1;
  return characters_;
}

bool Scanner::save_key() {
  if (!key_allowed_) return true;
  if (!remove_key()) return false;
  wait_for_value(key_here());
  return true;
}

Scanner::SimpleKey Scanner::key_here() {
  return {.possible = true,
          .required = flow_level_ == 0 && indent_ == static_cast<std::int64_t>(column()),
          .number = next_number(),
          .index = ascii_ ? at_ : character_index(),
          .at = mark()};
}

void Scanner::wait_for_value(const SimpleKey& key) {
  keys_.back() = key;
  wait(key.number, keys_.size() - 1);
}

bool Scanner::remove_key() {
  SimpleKey& key = keys_.back();
  if (!key.possible) return true;
  if (key.required) return refuse("could not find expected ':'");
  key.possible = false;
  stop_waiting(key.number);
  return true;
}

bool Scanner::indent_to(std::size_t column, Kind kind, Mark at) {
  if (indents_.size() >= kDeepest) return refuse("exceeded max depth of 10000");
  indents_.push_back(indent_);
  indent_ = static_cast<std::int64_t>(column);
  tokens_.push_back({.kind = kind, .at = at, .end = at});
  return true;
}

void Scanner::close_blocks(std::int64_t column) {
  if (flow_level_ > 0) return;
  while (indent_ > column) {
    push(Kind::block_end, 0);
    indent_ = indents_.back();
    indents_.pop_back();
  }
}

void Scanner::push(Kind kind, std::size_t length) {
  const Mark from = mark();
  at_ += length;
  tokens_.push_back({.kind = kind, .at = from, .end = mark()});
}

// A token that was handed out already cannot be preceded any more: then this one comes last.
void Scanner::insert(std::size_t number, const Token& token) {
  if (number < parsed_) {
    tokens_.push_back(token);
  } else {
    tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(head_ + number - parsed_), token);
  }
}

bool Scanner::fetch_stream_end() {
  if (column() != 0) {
    line_begin_ = at_;
    ++line_;
  }
  close_blocks(-1);
  if (!remove_key()) return false;
  key_allowed_ = false;
  push(Kind::stream_end, 0);
  return true;
}

bool Scanner::fetch_directive() {
  close_blocks(-1);
  if (!remove_key()) return false;
  key_allowed_ = false;
  Token token;
  if (!scan_directive(token)) return false;
  tokens_.push_back(token);
  return true;
}

bool Scanner::fetch_document_indicator(Kind kind) {
  close_blocks(-1);
  if (!remove_key()) return false;
  key_allowed_ = false;
  push(kind, 3);
  return true;
}

bool Scanner::fetch_flow_start(Kind kind) {
  if (!save_key()) return false;
  keys_.push_back({.number = next_number(), .at = mark()});
  if (++flow_level_ > kDeepest) return refuse("exceeded max depth of 10000");
  key_allowed_ = true;
  push(kind, 1);
  return true;
}

bool Scanner::fetch_flow_end(Kind kind) {
  if (!remove_key()) return false;
  if (flow_level_ > 0) {
    --flow_level_;
    // With no key seen inside, this is the number of the collection itself: Kubernetes' tools then no longer
    // wait for a ':' behind it.
    stop_waiting(keys_.back().number);
    keys_.pop_back();
  }
  key_allowed_ = false;
  push(kind, 1);
  return true;
}

bool Scanner::fetch_flow_entry() {
  if (!remove_key()) return false;
  key_allowed_ = true;
  push(Kind::flow_entry, 1);
  return true;
}

bool Scanner::fetch_item() {
  if (flow_level_ == 0) {
    if (!key_allowed_) return refuse("block sequence entries are not allowed in this context");
    if (indent_ < static_cast<std::int64_t>(column()) && !indent_to(column(), Kind::list_start, mark()))
      return false;
  }
  if (!remove_key()) return false;
  key_allowed_ = true;
  push(Kind::item, 1);
  return true;
}

bool Scanner::fetch_key() {
  if (flow_level_ == 0) {
    if (!key_allowed_) return refuse("mapping keys are not allowed in this context");
    if (indent_ < static_cast<std::int64_t>(column()) && !indent_to(column(), Kind::map_start, mark()))
      return false;
  }
  if (!remove_key()) return false;
  key_allowed_ = flow_level_ == 0;
  push(Kind::key, 1);
  return true;
}

bool Scanner::fetch_value() {
  SimpleKey& key = keys_.back();
  if (!expire(key)) return false;
  if (key.possible) {
    insert(key.number, {.kind = Kind::key, .at = key.at, .end = key.at});
    const std::size_t key_column = key.at.offset - line_begin_;
    if (flow_level_ == 0 && indent_ < static_cast<std::int64_t>(key_column)) {
      if (indents_.size() >= kDeepest) return refuse("exceeded max depth of 10000");
      indents_.push_back(indent_);
      indent_ = static_cast<std::int64_t>(key_column);
      insert(key.number, {.kind = Kind::map_start, .at = key.at, .end = key.at});
    }
    key.possible = false;
    stop_waiting(key.number);
    key_allowed_ = false;
  } else {
    if (flow_level_ == 0) {
      if (!key_allowed_) return refuse("mapping values are not allowed in this context");
      if (indent_ < static_cast<std::int64_t>(column()) && !indent_to(column(), Kind::map_start, mark()))
        return false;
    }
    key_allowed_ = flow_level_ == 0;
  }
  push(Kind::value, 1);
  return true;
}

// What may be, or stand before, a key.
bool Scanner::fetch_keyable(bool (Scanner::*scan)(Token&)) {
  if (!save_key()) return false;
  key_allowed_ = false;
  Token token;
  if (!(this->*scan)(token)) return false;
  tokens_.push_back(token);
  return true;
}

// As fetch_keyable(). Most keys are a scalar with its ':' right behind it, so they need not wait.
bool Scanner::fetch_line_scalar(bool (Scanner::*scan)(Token&)) {
  if (!key_allowed_ || flow_level_ > 0) return fetch_keyable(scan);
  if (!remove_key()) return false;
  const SimpleKey key = key_here();
  const std::size_t key_column = column();
  key_allowed_ = false;
  Token token;
  if (!(this->*scan)(token)) return false;
  if (here() != ':' || !is_space(1) || key.at.line != line_ || at_ - key.at.offset > kLongestKey) {
    wait_for_value(key);
    tokens_.push_back(token);
    return true;
  }
  if (indent_ < static_cast<std::int64_t>(key_column) && !indent_to(key_column, Kind::map_start, key.at))
    return false;
  tokens_.push_back({.kind = Kind::key, .at = key.at, .end = key.at});
  tokens_.push_back(token);
  key_allowed_ = false;
  push(Kind::value, 1);
  return true;
}

bool Scanner::fetch_block_scalar() {
  if (!remove_key()) return false;
  key_allowed_ = true;
  Token token;
  if (!scan_block(token)) return false;
  tokens_.push_back(token);
  return true;
}

}  // namespace dpctl::yaml
