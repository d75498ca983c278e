#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// Appends `text` with JSON's escapes, without the quotes. Bytes that are not UTF-8 must not come here.
void append_escaped(std::string& out, std::string_view text);

/// Appends one JSON object to a string, field by field. Field names are literals of this code and are not
/// escaped.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }

  void text(std::string_view name, std::string_view value) {
    begin(name);
    out_ += '"';
    append_escaped(out_, value);
    out_ += '"';
  }
  /// Left out when empty.
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void number(std::string_view name, std::int64_t value) {
    begin(name);
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void decimal(std::string_view name, Fixed value) {
    begin(name);
    append(out_, value);
  }
  /// Left out when there is none.
  void decimal(std::string_view name, const std::optional<Fixed>& value) {
    if (value) decimal(name, *value);
  }
  void boolean(std::string_view name, bool value) {
    begin(name);
    out_ += value ? "true" : "false";
  }
  void time(std::string_view name, Micros at) {
    begin(name);
    out_ += '"';
    append_iso(out_, at);
    out_ += '"';
  }
  /// The caller appends the value.
  std::string& raw(std::string_view name) {
    begin(name);
    return out_;
  }
  void end() { out_ += '}'; }

 private:
  void begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  std::string& out_;
  bool first_ = true;
};

}  // namespace dpctl::pipeline
