#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// What an archive may still take of its limits. An archive within an archive shares that of the outer one,
/// so that nesting multiplies nothing.
struct ArchiveBudget {
  explicit ArchiveBudget(const LoadLimits& limits) : bytes(limits.total), files(limits.files) {}
  std::size_t bytes, files;
};

/// The regular files of a gzipped tar of one top folder, without that folder's name. Absolute paths, "..",
/// drive letters, a name that stands twice and more than `limits` and `budget` allow are refused; links,
/// devices and sparse files are refused too, so nothing outside can be reached.
Result<std::vector<File>> read_archive(std::string_view bytes, std::string_view name,
                                       const LoadLimits& limits, ArchiveBudget& budget);
/// The same with a budget of its own.
Result<std::vector<File>> read_archive(std::string_view bytes, std::string_view name,
                                       const LoadLimits& limits);

}  // namespace dpctl::chart
