#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/yaml.hpp"
#include "lib/data/yaml_source.hpp"

namespace dpctl::yaml {

/// The tags that change what a scalar means.
enum class Tag : std::uint8_t {
  none,
  other,         ///< !!str and all that are unknown: the scalar is text
  non_specific,  ///< "!"
  merge,
  binary,
  null,
  boolean,
  integer,
  real,
  timestamp,
};

/// A value, key or alias as it was written: nothing resolved or expanded.
struct Node {
  enum class Kind : std::uint8_t { scalar, list, map, alias };
  Kind kind = Kind::scalar;
  bool plain = false;        ///< scalar: written without quotes and not as a block
  Tag tag = Tag::none;       ///< scalar
  std::uint32_t target = 0;  ///< alias: the node that it repeats
  std::uint32_t end = 0;     ///< the node behind this one and all that it contains
  Mark at;
  std::string_view text;  ///< scalar: into the source, or into the parser
};

/// Those of one document, in the order of the text; a map's keys and values in turn.
using Nodes = std::vector<Node>;

/// Takes a text apart, document by document, by the grammar of go.yaml.in/yaml/v2. The source must have been
/// checked and outlive it; the texts of nodes live as long as the parser.
class NodeParser {
 public:
  /// With `keys`, null stands in place of harmless values of the outermost map under other keys
  /// (Reader::keep_only).
  NodeParser(const Source& source, const Limits& limits, std::span<const std::string_view> keys = {});
  ~NodeParser();

  /// False at the end of the text. Errors are Code::usage with their place: syntax, an unknown anchor, a
  /// value that contains itself, nesting deeper than the limit.
  Result<bool> next(Nodes& nodes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dpctl::yaml
