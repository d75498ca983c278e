#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "lib/base/result.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// One JSON schema with everything its references can reach. Identifiers (`$id`, `$anchor`) and relative
/// references are resolved as RFC 3986 says; nothing outside of the document is ever read or fetched.
class SchemaDocument {
 public:
  /// Reads and checks a schema: references that lead nowhere or outside, and keywords of the wrong shape, are
  /// errors here. The text of the error is what the schema's author sees.
  static Result<SchemaDocument> read(std::string_view text);
  /// A schema that is known to be fine: the one that schemas themselves are checked with.
  static SchemaDocument trusted(Value root, int draft);

  [[nodiscard]] const Value& root() const { return root_; }
  /// 4, 6, 7, 2019 or 2020 (also without `$schema`).
  [[nodiscard]] int draft() const { return draft_; }
  /// What the reference of this keyword in `schema` names; nullptr: something that accepts everything
  /// (`urn:`).
  [[nodiscard]] const Value* target(const Value& schema, const char* keyword) const;
  /// "file:///values.schema.json#/$defs/a" of a schema that a reference names; for messages.
  [[nodiscard]] std::string url_of(const Value& schema) const;

 private:
  void index(const Value& node, const std::string& base, const std::string& pointer, int depth);
  Result<void> link(const Value& node, int depth);
  Result<Value> resolve(const std::string& base, const std::string& reference) const;

  Value root_;
  int draft_ = 2020;
  std::map<std::string, Value> resources_;  ///< by address without fragment
  std::map<std::string, Value> anchors_;    ///< by address with fragment
  std::unordered_map<const void*, std::string> bases_, pointers_;
  std::map<std::pair<const void*, std::string>, Value> targets_;  ///< Value::nil(): accepts everything
};

/// The keywords of a map that hold plain data, in which nothing is a schema.
bool holds_data(std::string_view keyword);

}  // namespace dpctl::chart
