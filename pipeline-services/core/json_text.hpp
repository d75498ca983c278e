#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/hash.hpp"
#include "pipeline-services/core/put.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// Copies `text` with JSON's escapes and returns where it ends; `at` has room for six bytes for each.
char* copy_escaped(char* at, std::string_view text);

/// Appends fields to memory that is known to be large enough: what JsonObject does, without asking for room
/// at each piece. Each field ends with a comma, which the end of the object takes the place of.
class JsonFields {
 public:
  /// `plain`: the caller knows that no text needs an escape.
  JsonFields(char* at, bool plain) : at_(at), plain_(plain) {}
  [[nodiscard]] char* at() const { return at_; }

  void begin() { *at_++ = '{'; }
  template <std::size_t N>
  void begin(const char (&name)[N]) {
    put_name(name);
    *at_++ = '{';
  }
  /// Of an object with at least one field.
  void end() {
    at_[-1] = '}';
    *at_++ = ',';
  }
  /// The last `end`: nothing follows.
  char* finish() {
    at_[-1] = '}';
    return at_;
  }

  template <std::size_t N>
  void text(const char (&name)[N], std::string_view value) {
    put_name(name);
    *at_++ = '"';
    at_ = copy(value);
    close_text();
  }
  /// Looks for what needs an escape, whatever the caller knows of other texts.
  template <std::size_t N>
  void escaped(const char (&name)[N], std::string_view value) {
    put_name(name);
    *at_++ = '"';
    at_ = copy_escaped(at_, value);
    close_text();
  }
  template <std::size_t N>
  void text_if(const char (&name)[N], std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  /// `value` needs no escapes: a time, an identity, a name of ours.
  template <std::size_t N>
  void plain(const char (&name)[N], std::string_view value) {
    put_name(name);
    *at_++ = '"';
    at_ = put_bytes(at_, value);
    close_text();
  }
  /// "name.version" as one text.
  template <std::size_t N>
  void versioned(const char (&name)[N], std::string_view value, std::int64_t version) {
    put_name(name);
    *at_++ = '"';
    at_ = copy(value);
    *at_++ = '.';
    at_ = print_number(at_, version);
    close_text();
  }
  template <std::size_t N>
  void number(const char (&name)[N], std::int64_t value) {
    put_name(name);
    at_ = print_number(at_, value);
    *at_++ = ',';
  }
  template <std::size_t N>
  void decimal(const char (&name)[N], Fixed value) {
    put_name(name);
    at_ = print(at_, value);
    *at_++ = ',';
  }
  template <std::size_t N>
  void decimal_if(const char (&name)[N], const std::optional<Fixed>& value) {
    if (value) decimal(name, *value);
  }
  /// Left out when false.
  template <std::size_t N>
  void truth_if(const char (&name)[N], bool value) {
    if (!value) return;
    put_name(name);
    std::memcpy(at_, "true,", 5);
    at_ += 5;
  }
  template <std::size_t N>
  void put_name(const char (&name)[N]) {
    *at_ = '"';
    std::memcpy(at_ + 1, name, N - 1);
    std::memcpy(at_ + N, "\":", 2);
    at_ += N + 2;
  }
  void raw(std::string_view bytes) { at_ = put_bytes(at_, bytes); }

 private:
  char* copy(std::string_view value) { return plain_ ? put_bytes(at_, value) : copy_escaped(at_, value); }
  void close_text() {
    std::memcpy(at_, "\",", 2);
    at_ += 2;
  }
  char* at_;
  bool plain_;
};

}  // namespace dpctl::pipeline
