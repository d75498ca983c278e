#pragma once

#include <string>
#include <string_view>

#include "cli/output/view.hpp"
#include "lib/base/result.hpp"

namespace dpctl::cli {

/// The view in one of the formats of --output; "" is a table. Ends with a line break.
Result<std::string> render(const View& view, std::string_view format);

/// Columns three blanks apart, no borders, as kubectl prints them.
std::string render_table(const View& view);

/// A text for a column of `width` characters: a longer one ends in dots. 0, 1 and 2: as it is.
std::string fitted(std::string text, int width);

/// The table of the view then begins with its first row.
void leave_out_headers(View& view);

}  // namespace dpctl::cli
