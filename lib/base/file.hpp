#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl {

/// The whole file, at most `limit` bytes; a larger one, a missing one or an unreadable one is an error that
/// names the path.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 256U << 20U);

/// What a folder holds; links are followed.
struct FolderEntry {
  enum class Kind { file, folder, other };
  std::string name;
  Kind kind;
};
/// In byte order of the names. A link that leads nowhere is an error. The system is asked once for all
/// entries, which takes two thirds of the time of std::filesystem.
Result<std::vector<FolderEntry>> read_folder(const std::string& path);

/// Writes beside and renames, so that readers see the old or the new file, never half of one. Makes missing
/// folders. `mode`: permissions of the new file, e.g. 0600 for what is secret.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);

/// A folder of its own below the system's temporary folder, gone with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dpctl
