#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpctl::yaml {

/// Where a scalar is written.
struct ScalarPlace {
  std::size_t column = 0;   ///< characters before it on its line
  std::size_t indent = 0;   ///< of its other lines
  bool simple_key = false;  ///< before a ':', so on one line
};

/// May this text be a key without a '?' before it? Not when it has line breaks or more than 128 bytes.
bool is_simple_key(std::string_view text);

/// Appends a text as sigs.k8s.io/yaml lays it out there: plain, quoted, or as a block, folded at 80 columns.
/// UTF-8 only. A block may end with the line; nothing else does.
void append_scalar(std::string& out, std::string_view text, const ScalarPlace& place);

}  // namespace dpctl::yaml
