#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/data/jsonpath.hpp"

namespace dpctl {

/// One step of a parsed path; a template is a list of texts, expressions and ranges.
struct JsonPath::Node {
  enum class Kind {
    text,
    expression,
    range,
    field,
    wildcard,
    recursive,
    slice,
    filter,
    alternatives,
    literal
  };
  enum class Compare { exists, equal, not_equal, less, less_equal, greater, greater_equal };

  Kind kind = Kind::text;
  std::string name{};                           ///< text, field
  std::optional<long> first{}, last{}, step{};  ///< slice
  bool single = false;                          ///< slice: one index, so `last` follows from it
  Json value{};                                 ///< literal
  Compare compare = Compare::exists;            ///< filter
  std::vector<Node> path{};   ///< expression, range: what is evaluated; filter: the left side
  std::vector<Node> other{};  ///< filter: the right side; range: the body
  std::vector<std::vector<Node>> alternatives{};  ///< alternatives: [0,2], ['a','b']
};

}  // namespace dpctl
