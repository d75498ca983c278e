#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// The regular files of a gzipped tar of one top folder, without that folder's name. Absolute paths, "..",
/// backslashes, drive letters and more bytes than `limits` are refused; links and devices are refused too, so
/// nothing outside can be reached.
Result<std::vector<File>> read_archive(std::string_view bytes, std::string_view name,
                                       const LoadLimits& limits);

}  // namespace dpctl::chart
