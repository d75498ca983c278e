#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/json.hpp"

namespace dpctl {

/// A template in kubectl's JSONPath dialect (k8s.io/client-go/util/jsonpath): text outside braces is printed
/// as it is; inside
/// `{}` stand `.a.b`, `['a.b']`, `.a\.b`, `[0]`, `[-1]`, `[0:3:2]`, `[*]`, `.*`, `..name`, `[0,2]`,
/// `['a','b']`,
/// `[?(@.type=="Ready")]` with == != < <= > >= or mere presence, "text" and numbers, and `{range
/// .items[*]}…{end}`. Where client-go walks a map in random order, this goes by key.
class JsonPath {
 public:
  /// Code::usage with the column. At most 16 KiB and 100 levels of brackets or ranges.
  static Result<JsonPath> parse(std::string_view text);
  /// The same, where the braces and the first dot may be missing, as kubectl takes them for --sort-by and
  /// custom columns: "metadata.name", ".metadata.name", "{.metadata.name}".
  static Result<JsonPath> parse_expression(std::string_view text);

  ~JsonPath();
  JsonPath(JsonPath&&) noexcept;
  JsonPath& operator=(JsonPath&&) noexcept;

  /// The template filled in. Missing fields print nothing; several values are joined by blanks; lists and
  /// maps are JSON. Errors: an index out of bounds, brackets on what is no list, more than a million values.
  [[nodiscard]] Result<std::string> print(const Json& document) const;

  /// The values of all expressions outside ranges, in order. They live as long as `document` and this path.
  [[nodiscard]] Result<std::vector<const Json*>> find(const Json& document) const;

  struct Node;

 private:
  explicit JsonPath(std::vector<Node> nodes);
  std::vector<Node> nodes_;
};

}  // namespace dpctl
