#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"

namespace dpctl::source {

/// "git+https://host/org/repo.git@v1.2//charts/web" in its parts.
struct GitAddress {
  std::string url;   ///< without "git+": https, http, ssh or file
  std::string ref;   ///< branch, tag or commit; empty: the repository's default branch
  std::string path;  ///< below the repository's top; empty: the top itself
};

/// Is it "git+…"?
bool is_git(std::string_view reference);
/// Code::usage for another scheme or a path that leads out of the repository.
Result<GitAddress> parse_git(std::string_view reference);

/// Bounds of a repository from elsewhere.
struct GitLimits {
  std::size_t transfer = std::size_t{512} << 20U;  ///< bytes received
  std::size_t total = std::size_t{256} << 20U;     ///< bytes written
  std::size_t files = 50'000;
  int depth = 64;  ///< folders within folders, symbolic links followed
};

struct GitFolder {
  std::filesystem::path path;  ///< the files at the address's path
  std::string commit;          ///< 40 hexadecimal digits
};

/// Writes the files at the address below `into`. Nothing is executed: no hooks, no filters, no submodules. A
/// symbolic link becomes what it points to inside the repository, and is refused when it leads out of it.
/// Blocks; the clone lies in a temporary folder that is removed. Code::not_found for a missing repository,
/// ref or path.
Result<GitFolder> fetch_git(std::string_view reference, const std::filesystem::path& into, const GitLimits&,
                            Deadline, StopToken);

}  // namespace dpctl::source
