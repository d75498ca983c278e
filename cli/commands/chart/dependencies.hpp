#pragma once

#include <filesystem>

#include "cli/commands/chart/registry_options.hpp"

namespace dpctl::cli {

/// How dependencies are fetched: Helm's flags of 'dependency update' and 'build'.
struct DependencyFlags : RegistryFlags {
  bool skip_refresh = false;  ///< choose by the indexes as 'repo update' left them
  bool verify = false;        ///< each archive must be signed by a key of the keyring
  std::string keyring{};
};

/// Fills charts/ of the chart's folder with versions chosen anew, and writes its lock. Gives the number of
/// dependencies; charts/ is changed only when each of them was found (and verified).
Result<std::size_t> update_dependencies(const std::filesystem::path& folder, const DependencyFlags&, Env&);

/// The same with the versions that the lock names.
Result<std::size_t> build_dependencies(const std::filesystem::path& folder, const DependencyFlags&, Env&);

}  // namespace dpctl::cli
