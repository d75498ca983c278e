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

}  // namespace dpctl::cli
