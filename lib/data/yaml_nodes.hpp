#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/yaml.hpp"
#include "lib/data/yaml_source.hpp"

namespace dpctl::yaml {

/// A document as it was written: its nodes in the order of the text, a map's keys and values in turn, nothing
/// resolved or expanded.
struct Nodes {
  struct Node {
    enum class Kind : std::uint8_t { scalar, list, map, alias };
    Kind kind = Kind::scalar;
    bool plain = false;        ///< scalar: written without quotes and not as a block
    std::uint32_t tag = 0;     ///< scalar: into `tags`; 0 is none
    std::uint32_t target = 0;  ///< alias: the node that it repeats
    std::uint32_t end = 0;     ///< the node behind this one and all that it contains
    Mark at;
    std::size_t text = 0, size = 0;  ///< scalar: into `texts`
  };
  std::vector<Node> nodes;
  std::string texts;
  std::vector<std::string> tags;  ///< in full: "tag:yaml.org,2002:int", "!" as it is; the first is ""

  [[nodiscard]] std::string_view text_of(const Node& node) const {
    return std::string_view(texts).substr(node.text, node.size);
  }
};

/// Takes a text apart, document by document. All of libyaml is behind it. The source must have been checked
/// and outlive it.
class NodeParser {
 public:
  NodeParser(const Source& source, const Limits& limits);
  ~NodeParser();

  /// False at the end of the text. Errors are Code::usage with their place: syntax, an unknown anchor, a
  /// value that contains itself, nesting deeper than the limit.
  Result<bool> next(Nodes& nodes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dpctl::yaml
