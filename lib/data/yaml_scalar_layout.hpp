#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dpctl::yaml {

/// What is open around a scalar. Below an explicit key ("? key") a map's value is indented as in a list.
enum class Block : unsigned char { list, map, explicit_map };
using Nesting = std::vector<Block>;  ///< outermost first

/// A scalar that needs escapes, folding or a block, as libyaml lays it out at its place: what stands after
/// "key: ", "- " or the beginning of the document, with its line break. `key` is the one that the scalar
/// stands under when the innermost container is a map; the text may be folded by its width. UTF-8 only.
std::string laid_out(std::string_view text, const Nesting& nesting, std::string_view key);

/// A key that is no plain short word, up to and with its ":". Begins with "? " when it is an explicit key,
/// whose value stands where that of a list item would.
std::string laid_out_key(std::string_view key, const Nesting& nesting);

}  // namespace dpctl::yaml
