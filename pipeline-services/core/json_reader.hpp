#pragma once

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/json_in.hpp"

// The one place that touches simdjson; include it in .cpp files and private headers only.
namespace dpctl::pipeline {

class JsonReader;

/// A value of the document that is being read: a place in it, good during the visit that got it.
class JsonValue {
 public:
  [[nodiscard]] inline bool is_object() const;

 private:
  friend class JsonReader;
  explicit JsonValue(JsonReader& reader) : reader_(&reader) {}
  JsonReader* reader_;
};

/// Walks one JSON document at a time, in its own order, and calls back for each field.
///
/// simdjson finds where the tokens begin (and refuses bytes that are not UTF-8, control characters in
/// strings and strings without an end); the grammar is checked here, of everything, also of what a visitor
/// leaves unread. Its on-demand front end would do the same with a copy of each string: half of the time.
/// No allocation once the buffers have grown to the largest document.
class JsonReader {
 public:
  static constexpr unsigned kDeepest = 64;  ///< objects and arrays inside each other

  /// Calls visit(name, value) for each field of the top-level object; false when the document is no
  /// well-formed object, or a visit returned false. Texts are good until the next read.
  template <class Visit>
  bool read(std::string_view document, Visit&& visit) {
    own_.clear();
    return read_in(own_, document, visit);
  }
  /// As read(), but texts are good as long as `arena`, which gets a copy of the document.
  template <class Visit>
  bool read_in(Arena& arena, std::string_view document, Visit&& visit) {
    return start(arena, document) && at() == '{' && fields(visit) && next_ == end_;
  }

  /// Of the document read last: none of its texts holds a quote, a backslash or a control character.
  [[nodiscard]] bool plain() const { return !any_escape_; }

  /// Calls visit(name, value) when the value is an object; false when it is none.
  template <class Visit>
  static bool object(JsonValue& value, Visit&& visit) {
    return value.is_object() && value.reader_->fields(visit);
  }
  /// Calls visit(value) for each element; false when it is no array.
  template <class Visit>
  static bool array(JsonValue& value, Visit&& visit) {
    return value.reader_->at() == '[' && value.reader_->elements(visit);
  }
  /// False when the value is malformed. A container is left where it is, to be read or skipped.
  static bool scalar(JsonValue& value, Scalar& out) { return value.reader_->scalar(out); }
  /// The value as it stands in the document, which is read over; empty when it is malformed.
  static std::string_view raw(JsonValue& value) { return value.reader_->raw(); }

 private:
  friend class JsonValue;

  std::string_view raw() {
    const char* begin = text_ + index_[next_];
    if (!skip()) return {};
    const char* end = text_ + index_[next_];
    while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t' || end[-1] == '\r') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  bool start(Arena& arena, std::string_view document);
  bool skip();
  bool unescape(std::string_view& text);

  [[nodiscard]] char at() const { return text_[index_[next_]]; }

  template <class Visit>
  bool fields(Visit&& visit) {
    if (++depth_ > kDeepest) return false;
    ++next_;
    if (at() == '}') return close();
    while (true) {
      std::string_view name;
      if (at() != '"' || !text(name) || at() != ':') return false;
      const auto value_at = ++next_;
      JsonValue value(*this);
      if (!visit(name, value)) return false;
      if (next_ == value_at && !skip()) return false;
      const char c = at();
      if (c == '}') return close();
      if (c != ',') return false;
      ++next_;
    }
  }
  template <class Visit>
  bool elements(Visit&& visit) {
    if (++depth_ > kDeepest) return false;
    ++next_;
    if (at() == ']') return close();
    while (true) {
      const auto value_at = next_;
      JsonValue value(*this);
      if (!visit(value)) return false;
      if (next_ == value_at && !skip()) return false;
      const char c = at();
      if (c == ']') return close();
      if (c != ',') return false;
      ++next_;
    }
  }
  bool close() {
    ++next_;
    --depth_;
    return true;
  }

  /// The token at next_, without the blanks that may follow it.
  [[nodiscard]] std::string_view token() const {
    const char* begin = text_ + index_[next_];
    const char* end = text_ + index_[next_ + 1];
    while (static_cast<unsigned char>(end[-1]) <= ' ') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  /// A text, of which at() is the opening quote.
  bool text(std::string_view& out) {
    const char* begin = text_ + index_[next_] + 1;
    const char* end = text_ + index_[next_ + 1] - 1;
    ++next_;
    while (*end != '"') {  // blanks follow it, or there is no closing quote
      if (static_cast<unsigned char>(*end) > ' ') return false;
      --end;
    }
    if (end < begin) return false;
    out = {begin, static_cast<std::size_t>(end - begin)};
    return !any_escape_ || unescape(out);
  }
  static bool is_number(std::string_view text);
  bool scalar(Scalar& out) {
    const char first = at();
    if (first != '"') return no_text(out, first);
    out.kind = Scalar::Kind::text;
    return text(out.text);
  }
  bool no_text(Scalar& out, char first) {
    if (first == '{' || first == '[') {
      out.kind = Scalar::Kind::container;
      out.text = {};
      return true;
    }
    out.text = token();
    ++next_;
    if (first == '-' || (first >= '0' && first <= '9')) {
      out.kind = Scalar::Kind::number;
      return is_number(out.text);
    }
    out.kind = Scalar::Kind::boolean;
    if (out.text == "true" || out.text == "false") return true;
    const bool null = out.text == "null";
    out.kind = Scalar::Kind::null;
    out.text = {};
    return null;
  }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> tokens_;
  Arena own_;
  Arena* arena_ = nullptr;  ///< of the document being read
  const char* text_ = nullptr;
  const std::uint32_t* index_ = nullptr;  ///< where tokens begin; one past the last is the document's size
  std::uint32_t next_ = 0, end_ = 0;
  unsigned depth_ = 0;
  bool any_escape_ = false;  ///< is there a backslash anywhere in the document?
};

inline bool JsonValue::is_object() const { return reader_->at() == '{'; }

}  // namespace dpctl::pipeline
