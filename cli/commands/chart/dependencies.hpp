#pragma once

#include <filesystem>

#include "cli/commands/chart/registry_options.hpp"

namespace dpctl::cli {

/// Fills charts/ of the chart's folder and writes its lock, as 'dependency update' does: versions are chosen
/// anew, by the indexes of the repositories, which are fetched unless `skip_refresh`. Tells what it did on
/// standard output when `tell`.
Result<void> update_dependencies(const std::filesystem::path& folder, const RegistryFlags&, Env&,
                                 bool skip_refresh = false, bool tell = false);

/// The same with the versions that the lock names, as 'dependency build' does.
Result<void> build_dependencies(const std::filesystem::path& folder, const RegistryFlags&, Env&,
                                bool skip_refresh, bool tell);

}  // namespace dpctl::cli
