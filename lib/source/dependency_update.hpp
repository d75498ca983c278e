#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::source {

/// A dependency that was found: the version that was chosen, and its .tgz.
struct Fetched {
  std::string version;
  std::string archive;
};

/// Where dependencies come from that are not beside the chart.
struct Elsewhere {
  /// The address that `@name` or `alias:name` stands for; any other address is itself.
  std::function<Result<std::string>(const std::string& repository)> address;
  /// Finds a dependency. Called on several threads at once; may block.
  std::function<Result<Fetched>(const chart::Dependency&)> fetch;
};

/// A row of `dependency list`: Helm's words for how a dependency stands.
struct DependencyState {
  chart::Dependency asked;
  std::string state;  ///< "ok", "missing", "unpacked", "wrong version", …
};

/// Looks into charts/. Reads only Chart.yaml, requirements.yaml and charts/, so a damaged archive is a state,
/// not an error.
Result<std::vector<DependencyState>> dependency_states(const std::filesystem::path& folder);

/// Chooses versions anew, fills charts/ with them and writes Chart.lock (requirements.lock of a v1 chart)
/// when it changed. `now` is RFC 3339. charts/ is changed only when every dependency was found; archives of
/// charts that are no dependency any more are removed. Gives the number of dependencies.
Result<std::size_t> update_dependencies(const std::filesystem::path& folder, const Elsewhere& elsewhere,
                                        std::string_view now);

/// Fills charts/ with the versions of the lock; without one, as update_dependencies. A lock that does not
/// belong to Chart.yaml is Code::conflict.
Result<std::size_t> build_dependencies(const std::filesystem::path& folder, const Elsewhere& elsewhere,
                                       std::string_view now);

}  // namespace dpctl::source
