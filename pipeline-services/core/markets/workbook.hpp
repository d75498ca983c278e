#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::pipeline::markets {

/// One sheet of an .xlsx workbook: rows of cells as text, with empty cells where there are none.
using Sheet = std::vector<std::vector<std::string>>;

bool is_workbook(std::string_view bytes);

/// Reads the sheets of a workbook in order (ECMA-376: a ZIP archive of XML parts), as values: no formulas, no
/// formats, so a date that is stored as a number stays a number. Bounded: parts of at most 64 MiB and 256 MiB
/// together, 4096 parts, 64 columns. Code::failed when it is damaged or beyond a bound.
Result<std::vector<Sheet>> read_workbook(std::string_view name, std::string_view bytes);

}  // namespace dpctl::pipeline::markets
