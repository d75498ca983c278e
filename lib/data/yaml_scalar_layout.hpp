#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dpctl::yaml {

/// Around a scalar: the maps (false) and lists (true) that are open, outermost first.
using Nesting = std::vector<bool>;

/// A scalar that needs escapes, folding or a block, as libyaml lays it out at its place: what stands after
/// "key: ", "- " or the beginning of the document, with its line break. `key` is the one that the scalar
/// stands under when the innermost container is a map; the text may be folded by its width. UTF-8 only.
std::string laid_out(std::string_view text, const Nesting& nesting, std::string_view key);

/// A key that is no plain short word, up to and with its ":". Begins with "? " when it is an explicit key,
/// whose value stands where that of a list item would.
std::string laid_out_key(std::string_view key, const Nesting& nesting);

}  // namespace dpctl::yaml
