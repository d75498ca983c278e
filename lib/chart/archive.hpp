#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// What an archive may still take of its limits. An archive within an archive shares that of the outer one,
/// so that nesting multiplies nothing. Thread-safe: subcharts are read side by side.
class ArchiveBudget {
 public:
  explicit ArchiveBudget(const LoadLimits& limits)
      : bytes_(static_cast<std::int64_t>(limits.total)), files_(static_cast<std::int64_t>(limits.files)) {}
  /// Each is false when there is not so much left.
  bool take_bytes(std::size_t count) { return take(bytes_, static_cast<std::int64_t>(count)); }
  bool take_file() { return take(files_, 1); }

 private:
  static bool take(std::atomic<std::int64_t>& left, std::int64_t count) {
    return left.fetch_sub(count, std::memory_order_relaxed) >= count;
  }
  std::atomic<std::int64_t> bytes_, files_;
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
